import { split, treeTidy, type Key } from '@ebim/runtime';
import { langevin, runSteps, uniformBox, type LangevinSizes } from '@ebim/samplers';
import type * as tf from '@tensorflow/tfjs';
import type { LatentBox } from './latent-box.js';
import type { Pushforward } from './pushforward.js';

/** Options of {@link samplePushforward}. */
export interface SamplePushforwardOptions extends LangevinSizes {
  /** Ends of chains are clamped to this. */
  readonly box: LatentBox;
  /** Steps of a chain. Default 20. */
  readonly steps?: number;
  /** Codes `[count, m]` from which chains start, e.g. rows of the replay buffer. Default: uniform in the box. */
  readonly starts?: tf.Tensor;
}

/** Samples of a pushforward model; the caller owns both. */
export type PushforwardSamples = {
  /** `[count, m]` */
  readonly codes: tf.Tensor;
  /** `[count, ...point]` */
  readonly points: tf.Tensor;
};

/**
 * Samples a pushforward model: Langevin chains in latent space, then the decoder. Traceable: wrap it in `compile` when
 * chains are long.
 *
 * @param count number of samples; with `starts` their number counts
 */
export function samplePushforward(
  key: Key,
  model: Pushforward,
  count: number,
  options: SamplePushforwardOptions,
): PushforwardSamples {
  const { box, steps = 20, starts, ...sizes } = options;
  return treeTidy(() => {
    const [startKey, chainKey] = split(key);
    const kernel = langevin(model.energy, { ...sizes, bounds: box });
    const start = starts ?? uniformBox(startKey, count, box, model.latentDimension);
    const [{ position: codes }] = runSteps(kernel, chainKey, kernel.init(start), steps);
    return { codes, points: model.decode(codes) };
  });
}
