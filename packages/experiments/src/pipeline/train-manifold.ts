import { manifoldTrainer, type ManifoldState } from '@ebim/implicit';
import type { MlpParams } from '@ebim/nn';
import type { Key } from '@ebim/runtime';
import { adam, batches, fit, type AdamState, type FitResult } from '@ebim/training';
import type * as tf from '@tensorflow/tfjs';
import type { EbimConfig } from '../config/schema.js';
import { modelsOf } from './models.js';
import type { StageOptions } from './stage.js';
import { manifoldSymptoms } from './symptoms.js';

/** State of manifold training in a run: an MLP trained by Adam. */
export type RunManifoldState = ManifoldState<MlpParams, AdamState>;

/** The first half of an EBIM: fits F to the points `[count, n]`, which stay the caller's. */
export async function trainManifold(
  config: EbimConfig,
  points: tf.Tensor,
  key: Key,
  stage: StageOptions,
): Promise<FitResult<RunManifoldState>> {
  const { manifold, bounds } = config;
  const { hidden: _, epochs, batchSize, shuffle, learningRate, loss, sampler, ...rest } = manifold;
  const { bufferCapacity, bufferFraction, energyNorm, ...weights } = rest;
  const trainer = manifoldTrainer({
    model: modelsOf(config).manifold,
    optimizer: adam({ learningRate }),
    bounds,
    loss,
    weights,
    sampler,
    energyNorm,
    bufferCapacity,
    bufferFraction,
  });
  return fit({
    ...trainer,
    ...stage,
    watch: manifoldSymptoms(config),
    data: batches(points, { batchSize, shuffle }),
    epochs,
    key,
  });
}
