import { toTensor, type Points } from '@ebim/datasets';
import { hostMlp, readMlpParams } from '@ebim/metrics';
import type { MlpParams } from '@ebim/nn';
import {
  densityLattice,
  distanceToPushforward,
  latentCells,
  latentLattice,
  latentLogPartition,
  pushforward,
  pushforwardLogDensity,
  type AutoencoderParams,
  type DensityLattice,
  type LatentBox,
  type Pushforward,
} from '@ebim/pushforward';
import type { Key } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import type { PushforwardSettings } from '../definitions/pushforward-settings.js';
import { pushforwardModelsOf } from '../pipeline/pushforward-models.js';
import { hostFunction, toPoints } from './host-function.js';
import { pushforwardWarnings } from './pushforward-warnings.js';
import type { Scores, Summary } from './run-metrics.js';
import { massScores, publishedScore, scoreDensity, type WassersteinSetting } from './wasserstein.js';

/** What training of a pushforward model hands over to evaluation. */
export interface TrainedPushforward {
  readonly settings: PushforwardSettings;
  readonly autoencoderParams: AutoencoderParams<MlpParams, MlpParams>;
  readonly energyParams: MlpParams;
  readonly box: LatentBox;
  /** Training points, `[count, n]`. */
  readonly points: Points;
  /** From `wassersteinSetting`; `null` where nothing is scored. */
  readonly setting: WassersteinSetting | null;
}

/** The numbers of a pushforward model: equal for equal runs. */
export interface PushforwardMetrics {
  /** Of the training points to the decoder's image, by the method of the settings. */
  readonly distance: Summary;
  /** The same point by point in float64, started from all over the latent box too. */
  readonly globalDistance: Summary;
  /** `null` unless points are of 2 or 3 dimensions. */
  readonly wasserstein: {
    /** Published protocol, the density where the settings take it. */
    readonly published: number;
    /** Published protocol with the density of g(f(z)) (spec D6). */
    readonly reencoded: number;
    /** Density at z; the scores by area weigh every cell by the integral of the density over the image in it. */
    readonly atOne: Scores;
    /** Published protocol with a uniform density on the same points. */
    readonly uniform: number;
  } | null;
  readonly logPartition: {
    readonly monteCarlo: number;
    readonly standardError: number;
    /** `null` for more than two latent dimensions. */
    readonly midpoint: number | null;
  };
  /** Mean log density of the training points, each at its reconstruction f(g(x)), nats. */
  readonly meanLogDensity: number;
  /** Share of the latent probability outside of the range of the codes of the data; `null` beyond two dimensions. */
  readonly massBeyondData: number | null;
  /** Lattice points where the decoder is no immersion; they are not scored. */
  readonly degenerate: number;
  /** What a reader must know before believing the numbers; empty when nothing is wrong. */
  readonly warnings: readonly string[];
}

/** Numbers of a pushforward model and what its pictures are made of. */
export interface PushforwardEvaluation {
  readonly metrics: PushforwardMetrics;
  readonly model: Pushforward;
  /** Best estimate of log Z. */
  readonly logZ: number;
  /** The points that were scored, with their densities. */
  readonly lattice: DensityLattice;
}

/** Cells along a side of the latent box by which Z and masses are summed. */
const CELLS = { 1: 20_000, 2: 300 } as const;
/** Codes along a side from which searches for closest points start. */
const STARTS = { 1: 1000, 2: 60 } as const;

/** Measures a trained pushforward model (spec 1.5, 1.14, 1.15). Parameters must outlive the model that it returns. */
export async function evaluatePushforward(
  trained: TrainedPushforward,
  key: Key,
): Promise<PushforwardEvaluation> {
  const { settings, autoencoderParams, energyParams, box, points } = trained;
  const models = pushforwardModelsOf(settings, points.columns);
  const model = pushforward(models.autoencoder, autoencoderParams, models.energy, energyParams);
  const { partitionSamples: samples, latticeResolution } = settings.evaluation;
  const drawn = await latentLogPartition(model.energy, box, { method: 'monteCarlo', key, samples });
  const m = settings.latentDimension;
  const small = m === 1 || m === 2 ? m : null;
  const masses = small === null ? null : await latentMasses(model, box, CELLS[small]);
  const midpoint = masses?.logZ ?? null;
  const logZ = midpoint ?? drawn.logZ;
  const lattice = await densityLattice(model, { box, resolution: latticeResolution, logZ });
  const scored = immersed(lattice);
  const codes = await codesOf(model, points);
  const logDensities = await hostFunction(pushforwardLogDensity(model, logZ))(codes);
  const metrics: Omit<PushforwardMetrics, 'warnings'> = {
    ...(await distances(trained, codes, small === null ? null : STARTS[small])),
    wasserstein: trained.setting === null ? null : scores(trained, trained.setting, scored, masses),
    logPartition: { monteCarlo: drawn.logZ, standardError: drawn.standardError, midpoint },
    meanLogDensity: logDensities.reduce((a, b) => a + b, 0) / points.rows,
    massBeyondData: masses === null ? null : massBeyond(masses, codes),
    degenerate: lattice.points.rows - scored.points.rows,
  };
  const warnings = pushforwardWarnings(metrics, points);
  return { metrics: { ...metrics, warnings }, model, logZ, lattice };
}

function scores(
  { settings }: TrainedPushforward,
  setting: WassersteinSetting,
  scored: Immersed,
  masses: LatentMasses | null,
): PushforwardMetrics['wasserstein'] {
  const { points } = scored;
  const atOne = scoreDensity(setting, { points, density: scaledDensity(scored.logDensity) }, null);
  const reencoded = publishedScore(setting, {
    points,
    density: scaledDensity(scored.logDensityReencoded),
  });
  const byArea = masses === null ? null : massScores(setting, masses.points, masses.shares);
  return {
    published: settings.evaluation.densityAt === 'reencoded' ? reencoded : atOne.published,
    reencoded,
    atOne: {
      ...atOne,
      publishedByArea: byArea?.published ?? null,
      w1ByArea: byArea?.w1 ?? null,
      w1ByAreaRelative: byArea?.w1Relative ?? null,
    },
    uniform: publishedScore(setting, { points, density: new Float64Array(points.rows).fill(1) }),
  };
}

/** exp of log densities over the largest: scores do not depend on the scale, and nothing overflows. */
function scaledDensity(logDensity: Float64Array): Float64Array {
  const finite = logDensity.filter((value) => Number.isFinite(value));
  const largest = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  // Re-encoded codes may sit where the decoder is no immersion, with an infinite density.
  return logDensity.map((value) => Math.exp(Math.min(value, largest) - largest));
}

type Immersed = Pick<DensityLattice, 'points' | 'logDensity' | 'logDensityReencoded'>;

/** The rows whose density is finite. */
function immersed({ points, logDensity, logDensityReencoded, logVolume }: DensityLattice): Immersed {
  const rows = Array.from(logVolume.keys()).filter((row) => Number.isFinite(logVolume[row]));
  const { columns } = points;
  const data = new Float64Array(rows.length * columns);
  rows.forEach((from, to) =>
    data.set(points.data.subarray(from * columns, (from + 1) * columns), to * columns),
  );
  return {
    points: { data, rows: rows.length, columns },
    logDensity: Float64Array.from(rows, (row) => logDensity[row]),
    logDensityReencoded: Float64Array.from(rows, (row) => logDensityReencoded[row]),
  };
}

/** The density as masses of small cells, in which the stretch of the decoder cancels. */
interface LatentMasses {
  readonly codes: Points;
  /** Decoded. */
  readonly points: Points;
  /** Of each cell, summing to 1. */
  readonly shares: Float64Array;
  /** By the midpoint rule. */
  readonly logZ: number;
}

async function latentMasses(model: Pushforward, box: LatentBox, resolution: number): Promise<LatentMasses> {
  const { cellVolume, ...codes } = latentCells(box, resolution);
  const energy = await hostFunction(model.energy)(codes);
  const decoded = tf.tidy(() => model.decode(toTensor(codes)));
  const points = await toPoints(decoded);
  decoded.dispose();
  const lowest = energy.reduce((a, b) => Math.min(a, b), Infinity);
  const weights = energy.map((value) => Math.exp(lowest - value));
  const sum = weights.reduce((a, b) => a + b, 0);
  return {
    codes,
    points,
    shares: weights.map((weight) => weight / sum),
    logZ: Math.log(sum) - lowest + Math.log(cellVolume),
  };
}

/** Share of the masses outside of the smallest box around the codes of the data. */
function massBeyond({ codes: cells, shares }: LatentMasses, codes: Points): number {
  const m = codes.columns;
  const lower = new Array<number>(m).fill(Infinity);
  const upper = new Array<number>(m).fill(-Infinity);
  codes.data.forEach((z, i) => {
    lower[i % m] = Math.min(lower[i % m], z);
    upper[i % m] = Math.max(upper[i % m], z);
  });
  return shares.reduce((sum, share, row) => {
    const inside = lower.every((low, d) => {
      const z = cells.data[row * m + d];
      return z >= low && z <= upper[d];
    });
    return inside ? sum : sum + share;
  }, 0);
}

async function codesOf(model: Pushforward, points: Points): Promise<Points> {
  const codes = tf.tidy(() => model.encode(toTensor(points)));
  const read = await toPoints(codes);
  codes.dispose();
  return read;
}

async function distances(
  { settings, autoencoderParams, box, points }: TrainedPushforward,
  codes: Points,
  startsPerSide: number | null,
): Promise<Pick<PushforwardMetrics, 'distance' | 'globalDistance'>> {
  // In float64: float32 would add its own rounding to distances.
  const decoder = hostMlp(await readMlpParams(autoencoderParams.decoder, 'silu')).constraint;
  const method = settings.evaluation.distance;
  const local = await distanceToPushforward(decoder, points, codes, { method });
  const global = await distanceToPushforward(
    decoder,
    points,
    codes,
    startsPerSide === null ? {} : { starts: latentLattice(box, startsPerSide) },
  );
  return { distance: summaryOf(local.summary), globalDistance: summaryOf(global.summary) };
}

const summaryOf = ({ min, median, mean, max }: Summary): Summary => ({ min, median, mean, max });
