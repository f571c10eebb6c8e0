import { referenceConjugateGradient } from '@ebim/autodiff';
import type { ContrastiveDivergenceState } from '@ebim/ebm';
import { constrainedEbm } from '@ebim/implicit';
import type { MlpParams } from '@ebim/nn';
import { split, type Key } from '@ebim/runtime';
import {
  cholesky,
  conjugateGradient,
  gradientDescent,
  lbfgs,
  newton,
  quasiNewton,
  type Constraint,
  type ConstraintSolver,
  type TangentProjection,
} from '@ebim/samplers';
import { adam, batches, fit, type AdamState, type FitResult } from '@ebim/training';
import type * as tf from '@tensorflow/tfjs';
import type { DensityConfig, EbimConfig } from '../config/schema.js';
import { coverManifold } from './cover-manifold.js';
import { modelsOf } from './models.js';
import type { StageOptions } from './stage.js';
import { densitySymptoms } from './symptoms.js';

/** State of density training in a run: an MLP trained by Adam. */
export type RunDensityState = ContrastiveDivergenceState<MlpParams, AdamState>;

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
  const { density, bounds } = config;
  const { epochs, batchSize, shuffle, learningRate, bufferCapacity, bufferFraction } = density;
  const [coverKey, fitKey] = split(key);
  const { tangentProjection, constraintSolver, ...sampler } = density.sampler;
  const starts = await coverManifold(
    config,
    constraint,
    { buffer: manifoldBuffer, points },
    bufferCapacity,
    coverKey,
  );
  try {
    const trainer = constrainedEbm({
      constraint,
      model: modelsOf(config).energy,
      optimizer: adam({ learningRate }),
      starts: starts.points,
      bounds,
      bufferCapacity,
      bufferFraction,
      magnitudeWeight: density.magnitudeWeight,
      clipNorm: density.clipNorm,
      sampler: {
        ...sampler,
        tangentProjection: tangentProjectionOf(tangentProjection),
        constraintSolver: constraintSolverOf(constraintSolver),
      },
    });
    return await fit({
      ...trainer,
      ...stage,
      watch: densitySymptoms(config),
      data: batches(points, { batchSize, shuffle }),
      epochs,
      key: fitKey,
    });
  } finally {
    starts.points.dispose();
  }
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
