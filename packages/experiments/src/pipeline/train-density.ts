import { referenceConjugateGradient } from '@ebim/autodiff';
import type { ContrastiveDivergenceState } from '@ebim/ebm';
import { constrainedEbm, quadratureEbm, type QuadratureState } from '@ebim/implicit';
import type { MlpParams } from '@ebim/nn';
import { foldIn, permutation, split, type Key, type TensorTree } from '@ebim/runtime';
import {
  cholesky,
  conjugateGradient,
  gradientDescent,
  lbfgs,
  newton,
  projectToManifold,
  quasiNewton,
  type Constraint,
  type ConstraintSolver,
  type TangentProjection,
} from '@ebim/samplers';
import { adam, batches, cosineSchedule, fit, type AdamState, type FitResult } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import type { DensityConfig, EbimConfig } from '../config/schema.js';
import { coverManifold } from './cover-manifold.js';
import { densityNodes } from './density-nodes.js';
import { modelsOf } from './models.js';
import { heldOutScore } from './held-out-score.js';
import { settledTrainer, type SettledState, type Trainer } from './settled-trainer.js';
import type { StageOptions } from './stage.js';
import { densitySymptoms } from './symptoms.js';

type ChainState = ContrastiveDivergenceState<MlpParams, AdamState>;
type NodeState = QuadratureState<MlpParams, AdamState>;

/** State of density training in a run, an MLP trained by Adam: with chains or nodes, as it is or averaged. */
export type RunDensityState =
  ChainState | NodeState | SettledState<MlpParams, ChainState> | SettledState<MlpParams, NodeState>;

/**
 * The second half of an EBIM: fits E on the frozen manifold to the points `[count, n]`.
 *
 * @param manifoldBuffer replay buffer of the manifold's training, where the reference starts its chains (spec D10)
 */
export async function trainDensity(
  config: EbimConfig,
  constraint: Constraint,
  manifoldBuffer: tf.Tensor,
  points: tf.Tensor,
  key: Key,
  stage: StageOptions,
): Promise<FitResult<RunDensityState>> {
  const [coverKey, fitKey] = split(key);
  if (config.density.negatives === 'nodes')
    return trainWithNodes(config, constraint, points, { nodes: coverKey, fit: fitKey }, stage);

  const { density, bounds } = config;
  const { bufferCapacity, bufferFraction, magnitudeWeight, clipNorm } = density;
  const sources = { buffer: manifoldBuffer, points };
  const starts = await coverManifold(config, constraint, sources, bufferCapacity, coverKey);
  try {
    const trainer = constrainedEbm({
      constraint,
      model: modelsOf(config).energy,
      optimizer: optimizerOf(density, points.shape[0]),
      starts: starts.points,
      bounds,
      bufferCapacity,
      bufferFraction,
      magnitudeWeight,
      clipNorm,
      sampler: samplerOf(density),
    });
    const { averageDecay } = density;
    return averageDecay === null
      ? await fitTo(config, trainer, points, fitKey, stage)
      : await fitTo(config, settledTrainer(trainer, { decay: averageDecay }), points, fitKey, stage);
  } finally {
    starts.points.dispose();
  }
}

/** Maximum likelihood of the points where the manifold has them, i.e. at their projections. */
async function trainWithNodes(
  config: EbimConfig,
  constraint: Constraint,
  points: tf.Tensor,
  keys: { readonly nodes: Key; readonly fit: Key },
  stage: StageOptions,
): Promise<FitResult<RunDensityState>> {
  const { density } = config;
  const { averageDecay, magnitudeWeight, clipNorm } = density;
  const { perStep } = density.nodes;
  const { trained, heldOut } = deal(constraint, points, density.validationShare, keys.nodes);
  const owned: tf.Tensor[] = heldOut === null ? [trained] : [trained, heldOut];
  try {
    const nodes = await densityNodes(config, constraint, trained, keys.nodes);
    owned.push(nodes.points, nodes.logWeights);
    const { energy: model } = modelsOf(config);
    const trainer = quadratureEbm({
      model,
      optimizer: optimizerOf(density, trained.shape[0]),
      nodes,
      nodesPerStep: perStep,
      magnitudeWeight,
      clipNorm,
    });
    if (averageDecay === null) return await fitTo(config, trainer, trained, keys.fit, stage);
    const score = heldOut === null ? undefined : heldOutScore(model, heldOut, perStep);
    const settled = settledTrainer<MlpParams, NodeState>(trainer, {
      decay: averageDecay,
      ...(score === undefined ? {} : { score: (key, params, { nodes: all }) => score(key, params, all) }),
    });
    return await fitTo(config, settled, trained, keys.fit, stage);
  } finally {
    tf.dispose(owned);
  }
}

/** How many of the training points the energy does not see. */
export const heldOutRows = (
  { validationShare }: Pick<DensityConfig, 'validationShare'>,
  rows: number,
): number => Math.round(validationShare * rows);

/** Points moved onto the manifold, and the share of them that is held out, at random. The caller owns both. */
function deal(constraint: Constraint, points: tf.Tensor, share: number, key: Key) {
  const rows = points.shape[0];
  const held = heldOutRows({ validationShare: share }, rows);
  const [trained, ...rest] = tf.tidy(() => {
    const { position, status } = projectToManifold(constraint, points);
    const moved = tf.where(tf.expandDims(status.converged, 1), position, points);
    if (held === 0) return [moved];
    return tf.split(tf.gather(moved, permutation(foldIn(key, 1), rows)), [rows - held, held]);
  });
  return { trained, heldOut: rest.at(0) ?? null };
}

function fitTo<S extends TensorTree>(
  config: EbimConfig,
  trainer: Trainer<S>,
  points: tf.Tensor,
  key: Key,
  stage: StageOptions,
): Promise<FitResult<S>> {
  const { batchSize, shuffle, epochs } = config.density;
  return fit({
    ...trainer,
    ...stage,
    watch: densitySymptoms(config),
    data: batches(points, { batchSize, shuffle }),
    epochs,
    key,
  });
}

function optimizerOf({ learningRate, schedule, epochs, batchSize }: DensityConfig, rows: number) {
  const steps = epochs * Math.ceil(rows / batchSize);
  return adam({
    learningRate: schedule === 'cosine' ? cosineSchedule({ initial: learningRate, steps }) : learningRate,
  });
}

function samplerOf({ negatives, sampler }: DensityConfig) {
  const { tangentProjection, constraintSolver, ...langevin } = sampler;
  const solvers = {
    tangentProjection: tangentProjectionOf(tangentProjection),
    constraintSolver: constraintSolverOf(constraintSolver),
  };
  if (negatives !== 'adjustedChains') return { ...langevin, ...solvers };
  const { steps, noiseScale } = langevin;
  return { steps, noiseScale, metropolisAdjusted: true, ...solvers };
}

function tangentProjectionOf(name: DensityConfig['sampler']['tangentProjection']): TangentProjection {
  switch (name) {
    case 'reference':
      return conjugateGradient(referenceConjugateGradient);
    case 'conjugateGradient':
      return conjugateGradient();
    case 'cholesky':
      return cholesky();
  }
}

function constraintSolverOf(name: DensityConfig['sampler']['constraintSolver']): ConstraintSolver {
  switch (name) {
    case 'lbfgs':
      // "A single step of L-BFGS" (P2) is up to 20 inner iterations (spec D13).
      return lbfgs({ steps: 1, strongWolfe: true });
    case 'newton':
      return newton();
    case 'quasiNewton':
      return quasiNewton();
    case 'gradientDescent':
      return gradientDescent({ learningRate: 1, steps: 60 });
  }
}
