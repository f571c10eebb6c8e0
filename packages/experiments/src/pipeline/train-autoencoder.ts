import type { MlpParams } from '@ebim/nn';
import { autoencoderTrainer, type AutoencoderState } from '@ebim/pushforward';
import type { Key } from '@ebim/runtime';
import { adam, batches, fit, type AdamState, type FitResult } from '@ebim/training';
import type * as tf from '@tensorflow/tfjs';
import type { PushforwardSettings } from '../definitions/pushforward-settings.js';
import { pushforwardModelsOf } from './pushforward-models.js';
import type { StageOptions } from './stage.js';

/** State of autoencoder training in a run: two MLPs trained by Adam. */
export type RunAutoencoderState = AutoencoderState<MlpParams, MlpParams, AdamState>;

/** The first half of a pushforward model: fits encoder and decoder to the points `[count, n]`, which stay the caller's. */
export function trainAutoencoder(
  settings: PushforwardSettings,
  points: tf.Tensor,
  key: Key,
  stage: StageOptions,
): Promise<FitResult<RunAutoencoderState>> {
  const { epochs, batchSize, shuffle, learningRate, clipNorm, variational } = settings.autoencoder;
  const trainer = autoencoderTrainer({
    model: pushforwardModelsOf(settings, points.shape[1] as number).autoencoder,
    optimizer: adam({ learningRate }),
    clipNorm,
    ...variational,
  });
  return fit({ ...trainer, ...stage, data: batches(points, { batchSize, shuffle }), epochs, key });
}
