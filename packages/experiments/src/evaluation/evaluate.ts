import { toTensor, type Points } from '@ebim/datasets';
import { split, type EbimError, type Key } from '@ebim/runtime';
import type * as tf from '@tensorflow/tfjs';
import type { EbimConfig } from '../config/schema.js';
import type { ExpectedTopology, ExperimentData } from '../definitions/experiment.js';
import { coverManifold } from '../pipeline/cover-manifold.js';
import type { LearnedDensity } from '../pipeline/models.js';
import { hostFunction, toPoints } from './host-function.js';
import { attempts, IncompleteEvaluationError } from './incomplete.js';
import { isManifold, type LevelSet } from './level-set.js';
import { diameter, likelihood } from './likelihood.js';
import { logPartitionOfCovering, measureLogPartition } from './log-partition.js';
import { measureManifold, type ManifoldMeasures, type TrainedManifold } from './measure-manifold.js';
import {
  boltzmann,
  measureAgainst,
  measureWasserstein,
  type EnergyOnManifold,
} from './measure-wasserstein.js';
import { metricWarnings } from './metric-warnings.js';
import { describePieces } from './pieces.js';
import type { HeldOutMetrics, PartialMetrics, PieceMetrics, RunMetrics } from './run-metrics.js';

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
  /** What went wrong in training, in words; part of the warnings of the run. Default none. */
  readonly trainingWarnings?: readonly string[];
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
  /** The one that colours the pictures: `logZ`, or what `evaluation.partition` puts in its place. */
  readonly pictureLogZ: number;
}

/**
 * Measures a trained run (spec 1.5, 1.14, 1.15).
 *
 * @throws IncompleteEvaluationError when a part cannot be measured, with all that could be
 */
export async function evaluate(run: TrainedRun, key: Key): Promise<Evaluation> {
  const manifold = await measureManifold(trainedManifold(run));
  const { failures, attempt } = attempts();
  const found = await attempt(() => measureDensity(run, manifold, key));
  const { topology, rank, distance, distanceFailed } = manifold.metrics;
  const failure = [...failures, ...manifold.failures].at(0);
  if (
    failure !== undefined ||
    found === null ||
    topology === undefined ||
    rank === undefined ||
    distance === undefined ||
    distanceFailed === undefined
  )
    throw incomplete(run, { ...manifold.metrics, ...found?.metrics }, [...failures, ...manifold.failures]);

  const metrics: Omit<RunMetrics, 'warnings'> = {
    manifold: run.manifoldStats,
    density: run.densityStats,
    topology: withMass(topology, found.pieces),
    rank,
    distance,
    distanceFailed,
    ...found.metrics,
  };
  const warnings = warningsOf(run, metrics);
  const { covering, vertexEnergy, logZ, pictureLogZ } = found;
  const { levelSet } = manifold;
  return { metrics: { ...metrics, warnings }, covering, levelSet, vertexEnergy, logZ, pictureLogZ };
}

/**
 * Measures what can be measured of a manifold on which no density could be trained.
 *
 * @param cause why there is none
 */
export async function evaluateManifold(
  run: TrainedManifold & Pick<TrainedRun, 'trainingWarnings'>,
  cause: EbimError,
): Promise<IncompleteEvaluationError> {
  const { metrics, failures } = await measureManifold(run);
  return incomplete(run, metrics, [cause, ...failures]);
}

const trainedManifold = ({ model, ...run }: TrainedRun): TrainedManifold => ({
  ...run,
  constraint: model.constraint,
  manifoldParams: model.manifoldParams,
});

type WarningSource = Pick<TrainedRun, 'config' | 'data' | 'trainingWarnings'>;

const warningsOf = (
  { config, data, trainingWarnings = [] }: WarningSource,
  metrics: Omit<PartialMetrics, 'warnings'>,
): string[] => [...trainingWarnings, ...metricWarnings(metrics, config, data.points)];

function incomplete(
  run: WarningSource,
  metrics: Omit<PartialMetrics, 'warnings'>,
  failures: readonly EbimError[],
): IncompleteEvaluationError {
  const warnings = [
    ...failures.map(({ message }) => `Not everything could be measured. ${message}`),
    ...warningsOf(run, metrics),
  ];
  return new IncompleteEvaluationError(failures[0], { ...metrics, warnings });
}

const withMass = (
  topology: RunMetrics['topology'],
  pieces: readonly PieceMetrics[] | null,
): RunMetrics['topology'] => (topology === null || pieces === null ? topology : { ...topology, pieces });

interface DensityMeasures extends Pick<Evaluation, 'covering' | 'vertexEnergy' | 'logZ' | 'pictureLogZ'> {
  readonly metrics: Omit<
    RunMetrics,
    'manifold' | 'density' | 'topology' | 'rank' | 'distance' | 'distanceFailed' | 'warnings'
  >;
  /** Pieces of the manifold with their share of the probability. */
  readonly pieces: readonly PieceMetrics[] | null;
}

async function measureDensity(
  run: TrainedRun,
  { exact, levelSet }: ManifoldMeasures,
  key: Key,
): Promise<DensityMeasures> {
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
  const centreEnergy = levelSet === null ? null : await energyOf(levelSet.centres);
  const learned: EnergyOnManifold = { covering: { points, energy }, levelSet, centreEnergy };

  const logPartition = await measureLogPartition(
    { config, constraint: model.constraint, exact, energy: energyOf, levelSet, centreEnergy },
    coareaKey,
  );
  const logZ = logPartition.byMesh ?? logPartition.byCoarea;
  const farDistance = config.evaluation.farDistance * diameter(data.points);
  const likelihoodOf = (x: Points) => likelihood(model, x, { logZ, farDistance });
  const heldOutMetrics = async (x: Points | null): Promise<HeldOutMetrics | null> =>
    x === null ? null : { ...(await likelihoodOf(x)), wasserstein: measureAgainst(config, x, learned) };
  const { points: _, ...onTraining } = await likelihoodOf(data.points);
  const heldOut = data.heldOut ?? null;
  const whole = levelSet !== null && isManifold(levelSet);
  return {
    metrics: {
      ...onTraining,
      farDistance,
      coveringFailed: cover.failed,
      wasserstein: measureWasserstein(config, data, learned),
      logPartition,
      heldOut:
        heldOut === null
          ? null
          : {
              validation: await heldOutMetrics(heldOut.validation),
              test: await heldOutMetrics(heldOut.test),
            },
    },
    pieces:
      whole && centreEnergy !== null
        ? describePieces(levelSet, data.points, boltzmann(learned, centreEnergy, 1))
        : null,
    covering: learned.covering,
    vertexEnergy: levelSet === null ? null : await energyOf(levelSet.vertices),
    logZ,
    pictureLogZ:
      config.evaluation.partition === 'covering' && whole
        ? logPartitionOfCovering(energy, levelSet.volume)
        : logZ,
  };
}
