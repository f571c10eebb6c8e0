import { ambientEbm, energyModel, type ContrastiveDivergenceState, type EnergyModel } from '@ebim/ebm';
import { mlp, type MlpParams } from '@ebim/nn';
import type { Key } from '@ebim/runtime';
import type { Bounds } from '@ebim/samplers';
import { adam, batches, fit, type AdamState, type FitResult } from '@ebim/training';
import type * as tf from '@tensorflow/tfjs';
import type { DensityConfig } from '../config/schema.js';
import type { StageOptions } from './stage.js';

/** How an energy-based model of the ambient space is trained: a density's settings without a manifold. */
export type AmbientConfig = Omit<
  DensityConfig,
  | 'sampler'
  | 'freshNoise'
  | 'negatives'
  | 'nodes'
  | 'schedule'
  | 'averageDecay'
  | 'validationShare'
  | 'frequencies'
> & {
  readonly sampler: Pick<DensityConfig['sampler'], 'steps' | 'noiseScale' | 'stepSize' | 'gradClamp'>;
};

/** The energy network of an ambient model. */
export const ambientModelOf = (
  { hidden }: Pick<AmbientConfig, 'hidden'>,
  inputSize: number,
): EnergyModel<MlpParams> => energyModel(mlp({ inputSize, outputSize: 1, hidden }));

/** The baseline of P2 Figure 4: an energy of the whole box, fitted to the points `[count, n]`, which stay the caller's. */
export function trainAmbient(
  config: AmbientConfig,
  bounds: Bounds,
  points: tf.Tensor,
  key: Key,
  stage: StageOptions,
): Promise<FitResult<ContrastiveDivergenceState<MlpParams, AdamState>>> {
  const { epochs, batchSize, shuffle, learningRate, sampler, clipNorm, magnitudeWeight } = config;
  const trainer = ambientEbm({
    model: ambientModelOf(config, points.shape[1] ?? 0),
    optimizer: adam({ learningRate }),
    bounds,
    sampler,
    bufferCapacity: config.bufferCapacity,
    bufferFraction: config.bufferFraction,
    magnitudeWeight,
    clipNorm,
  });
  return fit({ ...trainer, ...stage, data: batches(points, { batchSize, shuffle }), epochs, key });
}
