import type { ContrastiveDivergenceState } from '@ebim/ebm';
import type { MlpParams } from '@ebim/nn';
import { inferLatentBox, latentEbm, type AutoencoderParams, type LatentBox } from '@ebim/pushforward';
import type { Key } from '@ebim/runtime';
import { adam, batches, fit, type AdamState, type FitResult } from '@ebim/training';
import type * as tf from '@tensorflow/tfjs';
import type { PushforwardSettings } from '../definitions/pushforward-settings.js';
import { pushforwardModelsOf } from './pushforward-models.js';
import type { StageOptions } from './stage.js';

/** State of latent density training in a run: an MLP trained by Adam. */
export type RunLatentDensityState = ContrastiveDivergenceState<MlpParams, AdamState>;

/** A trained latent energy and the box that it lives in. */
export type LatentDensityResult = FitResult<RunLatentDensityState> & { readonly box: LatentBox };

/**
 * The second half of a pushforward model: fits the energy to the codes of the points `[count, n]` under a trained
 * autoencoder.
 *
 * @throws DataError `collapsed-codes`, `codes-not-finite` when the autoencoder is of no use
 */
export async function trainLatentDensity(
  settings: PushforwardSettings,
  autoencoderParams: AutoencoderParams<MlpParams, MlpParams>,
  points: tf.Tensor,
  key: Key,
  stage: StageOptions,
): Promise<LatentDensityResult> {
  const { density } = settings;
  const { epochs, batchSize, shuffle, learningRate, bufferHalfSide } = density;
  const { autoencoder, energy } = pushforwardModelsOf(settings, points.shape[1] as number);
  const codes = autoencoder.encode(autoencoderParams, points);
  try {
    const box = await inferLatentBox(codes);
    const trainer = latentEbm({
      model: energy,
      optimizer: adam({ learningRate }),
      box,
      ...(bufferHalfSide === null ? {} : { bufferBox: { lower: -bufferHalfSide, upper: bufferHalfSide } }),
      bufferCapacity: density.bufferCapacity,
      bufferFraction: density.bufferFraction,
      magnitudeWeight: density.magnitudeWeight,
      clipNorm: density.clipNorm,
      sampler: density.sampler,
    });
    const result = await fit({
      ...trainer,
      ...stage,
      data: batches(codes, { batchSize, shuffle }),
      epochs,
      key,
    });
    return { ...result, box };
  } finally {
    codes.dispose();
  }
}
