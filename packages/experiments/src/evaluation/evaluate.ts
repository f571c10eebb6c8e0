import { toTensor, type Points } from '@ebim/datasets';
import { distanceToManifold, hostMlp, logPartitionCoarea, readMlpParams } from '@ebim/metrics';
import { split, type Key } from '@ebim/runtime';
import { projectToManifold } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import type { EbimConfig } from '../config/schema.js';
import type { ExpectedTopology, ExperimentData } from '../definitions/experiment.js';
import { coverManifold } from '../pipeline/cover-manifold.js';
import type { LearnedDensity } from '../pipeline/models.js';
import { hostFunction, toPoints } from './host-function.js';
import { learnedLevelSet, type LevelSet, type Topology } from './level-set.js';
import { metricWarnings } from './metric-warnings.js';
import type { RunMetrics } from './run-metrics.js';
import { evenRows, publishedScore, scoreDensity, wassersteinSetting } from './wasserstein.js';

/** What training hands over to evaluation. */
export interface TrainedRun {
  readonly config: EbimConfig;
  readonly model: LearnedDensity;
  /** Replay buffer of the manifold's training, `[capacity, n]`. */
  readonly manifoldBuffer: tf.Tensor;
  readonly data: ExperimentData;
  readonly topology: ExpectedTopology | null;
  /** Statistics of the last epoch of each stage. */
  readonly manifoldStats: Readonly<Record<string, number>>;
  readonly densityStats: Readonly<Record<string, number>>;
}

/** Numbers of a run and what its pictures are made of. */
export interface Evaluation {
  readonly metrics: RunMetrics;
  readonly covering: { readonly points: Points; readonly energy: Float64Array };
  readonly levelSet: LevelSet | null;
  /** Energy at the corners of the level set. */
  readonly vertexEnergy: Float64Array | null;
  /** log Z at temperature 1: by the mesh where there is one, else by co-area. */
  readonly logZ: number;
}

/** Measures a trained run (spec 1.5, 1.14, 1.15). */
export async function evaluate(run: TrainedRun, key: Key): Promise<Evaluation> {
  const { config, model, data } = run;
  const [coverKey, coareaKey] = split(key);
  const energyOf = hostFunction(model.energy);
  const dataTensor = toTensor(data.points);
  const cover = await coverManifold(
    config,
    model.constraint,
    { buffer: run.manifoldBuffer, points: dataTensor },
    config.evaluation.points,
    coverKey,
  ).finally(() => dataTensor.dispose());
  const points = await toPoints(cover.points);
  cover.points.dispose();
  const energy = await energyOf(points);

  const levelSet = await learnedLevelSet(config, model.constraint);
  const centreEnergy = levelSet === null ? null : await energyOf(levelSet.centres);
  const vertexEnergy = levelSet === null ? null : await energyOf(levelSet.vertices);
  const byMesh =
    levelSet === null || centreEnergy === null || !isManifold(levelSet)
      ? null
      : logIntegral(centreEnergy, levelSet.elements);
  // The networks on the host, in float64: float32 would add its own rounding to distances (spec 1.14).
  const exact = hostMlp(await readMlpParams(model.manifoldParams, 'silu')).constraint;
  const coarea = await logPartitionCoarea(exact, energyOf, config.evaluation.meshBox, { key: coareaKey });
  const logZ = byMesh ?? coarea.value;

  const measured = evenRows(data.points, config.evaluation.distancePoints);
  const distance = await distanceToManifold(exact, measured, { method: config.evaluation.distance });
  const { min, median, mean, max } = distance.summary;
  const projected = await meanNegativeEnergy(model, data.points);
  const metrics: Omit<RunMetrics, 'warnings'> = {
    manifold: run.manifoldStats,
    density: run.densityStats,
    topology: levelSet === null ? null : describeTopology(levelSet, run.topology),
    distance: { min, median, mean, max },
    distanceFailed: distance.failed / measured.rows,
    coveringFailed: cover.failed,
    wasserstein: scores(run, { points, energy }, levelSet, centreEnergy),
    logPartition: { byMesh, byCoarea: coarea.value, coareaStandardError: coarea.standardError },
    meanLogDensity: projected.mean - logZ,
    projectionFailed: projected.failed,
  };
  return {
    covering: { points, energy },
    levelSet,
    vertexEnergy,
    logZ,
    metrics: { ...metrics, warnings: metricWarnings(metrics, config, data.points) },
  };
}

function scores(
  { config, data }: TrainedRun,
  { points, energy }: Evaluation['covering'],
  levelSet: LevelSet | null,
  centreEnergy: Float64Array | null,
): RunMetrics['wasserstein'] {
  const setting = wassersteinSetting(config, data);
  if (setting === null) return null;
  const { temperature } = config.evaluation;
  // The constant keeps exp within range; scores do not depend on it.
  const lowest = energy.reduce((a, b) => Math.min(a, b), Infinity);
  const boltzmann = (t: number, of: Float64Array) => of.map((e) => Math.exp((lowest - e) / t));
  const atOne = scoreDensity(
    setting,
    { points, density: boltzmann(1, energy) },
    levelSet === null || centreEnergy === null || !isManifold(levelSet)
      ? null
      : { set: levelSet, density: boltzmann(1, centreEnergy) },
  );
  return {
    temperature,
    published:
      temperature === 1
        ? atOne.published
        : publishedScore(setting, { points, density: boltzmann(temperature, energy) }),
    atOne,
    uniform: publishedScore(setting, { points, density: energy.map(() => 1) }),
  };
}

/** Whether a level set is the zero set of F, and not a level near zero or nothing. */
const isManifold = ({ crosses, elements }: LevelSet): boolean => crosses && elements.length > 0;

function describeTopology(levelSet: LevelSet, expected: ExpectedTopology | null): RunMetrics['topology'] {
  const { topology, volume, crosses } = levelSet;
  const asExpected = expected === null ? null : isManifold(levelSet) && matches(topology, expected);
  return { ...topology, volume, crosses, asExpected };
}

function matches(topology: Topology, expected: ExpectedTopology): boolean {
  const right = topology.closed && topology.components === expected.components;
  return expected.eulerCharacteristic === null
    ? right && topology.closedLoops === expected.components
    : right && topology.eulerCharacteristic === expected.eulerCharacteristic;
}

/** log sum exp(-energy) * element, with the largest term taken out. */
function logIntegral(energy: Float64Array, elements: Float64Array): number {
  const lowest = energy.reduce((a, b) => Math.min(a, b), Infinity);
  let sum = 0;
  energy.forEach((value, i) => (sum += Math.exp(lowest - value) * elements[i]));
  return Math.log(sum) - lowest;
}

/** Mean of -E over points brought onto the manifold, and the share of the points for which that failed. */
async function meanNegativeEnergy(
  model: LearnedDensity,
  points: Points,
): Promise<{ readonly mean: number; readonly failed: number }> {
  const { values, onManifold } = tf.tidy(() => {
    const { position, status } = projectToManifold(model.constraint, toTensor(points));
    return { values: tf.neg(model.energy(position)), onManifold: status.converged };
  });
  const [data, flags] = await Promise.all([values.data(), onManifold.data()]);
  tf.dispose([values, onManifold]);
  const good = data.filter((_, i) => flags[i]);
  let sum = 0;
  for (const value of good) sum += value;
  return { mean: sum / good.length, failed: 1 - good.length / data.length };
}
