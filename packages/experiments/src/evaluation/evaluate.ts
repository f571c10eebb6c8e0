import { toTensor, type Points } from '@ebim/datasets';
import { distanceToManifold, logPartitionCoarea } from '@ebim/metrics';
import { split, type Key } from '@ebim/runtime';
import { projectToManifold } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import type { EbimConfig } from '../config/schema.js';
import type { ExpectedTopology, ExperimentData } from '../definitions/experiment.js';
import { coverManifold } from '../pipeline/cover-manifold.js';
import type { LearnedDensity } from '../pipeline/models.js';
import { hostFunction, toPoints } from './host-function.js';
import { learnedLevelSet, type LevelSet, type Topology } from './level-set.js';
import type { RunMetrics } from './run-metrics.js';
import { firstRows, scoreDensity } from './wasserstein.js';

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
  const cover = await coverManifold(
    config,
    model.constraint,
    run.manifoldBuffer,
    config.evaluation.points,
    coverKey,
  );
  const points = await toPoints(cover.points);
  cover.points.dispose();
  const energy = await energyOf(points);

  const levelSet = await learnedLevelSet(config, model.constraint);
  const centreEnergy = levelSet === null ? null : await energyOf(levelSet.centres);
  const vertexEnergy = levelSet === null ? null : await energyOf(levelSet.vertices);
  const byMesh =
    levelSet === null || centreEnergy === null ? null : logIntegral(centreEnergy, levelSet.elements);
  const coarea = await logPartitionCoarea(model.constraint, model.energy, config.bounds, {
    key: coareaKey,
  });
  const logZ = byMesh ?? coarea.logPartition;

  const score = (densityOf: (energy: number) => number) =>
    scoreDensity(
      config,
      data,
      { points, density: energy.map(densityOf) },
      levelSet,
      centreEnergy === null ? null : centreEnergy.map(densityOf),
    );
  const { temperature } = config.evaluation;
  // The constant keeps exp within range; scores do not depend on it.
  const lowest = energy.reduce((a, b) => Math.min(a, b), Infinity);
  const boltzmann = (t: number) => (e: number) => Math.exp((lowest - e) / t);
  const atOne = score(boltzmann(1));
  const atTemperature = temperature === 1 ? atOne : score(boltzmann(temperature));
  const uniform = score(() => 1);

  const distances = await distanceToManifold(
    model.constraint,
    firstRows(data.points, config.evaluation.distancePoints),
    { method: config.evaluation.distance },
  );
  const { min, median, mean, max } = distances;
  return {
    covering: { points, energy },
    levelSet,
    vertexEnergy,
    logZ,
    metrics: {
      manifold: run.manifoldStats,
      density: run.densityStats,
      topology: levelSet === null ? null : describeTopology(levelSet, run.topology),
      distance: { min, median, mean, max },
      coveringFailed: cover.failed,
      wasserstein:
        atOne === null || atTemperature === null || uniform === null
          ? null
          : { temperature, atTemperature, atOne, uniform },
      logPartition: { byMesh, byCoarea: coarea.logPartition, coareaStandardError: coarea.standardError },
      meanLogDensity: (await meanNegativeEnergy(model, data.points)) - logZ,
    },
  };
}

function describeTopology(levelSet: LevelSet, expected: ExpectedTopology | null): RunMetrics['topology'] {
  const { topology, volume } = levelSet;
  return { ...topology, volume, asExpected: expected === null ? null : matches(topology, expected) };
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

/** Mean of -E over points brought onto the manifold. */
async function meanNegativeEnergy(model: LearnedDensity, points: Points): Promise<number> {
  const values = tf.tidy(() => {
    const { position } = projectToManifold(model.constraint, toTensor(points));
    return tf.neg(model.energy(position));
  });
  const data = await values.data();
  values.dispose();
  let sum = 0;
  for (const value of data) sum += value;
  return sum / data.length;
}
