import { ambientEbm, type AmbientEbmOptions, type ContrastiveDivergenceTrainer } from '@ebim/ebm';
import { ConfigError, split, type TensorTree } from '@ebim/runtime';
import { checkBounds, uniformBox, type Bounds } from '@ebim/samplers';
import type { LatentBox } from './latent-box.js';

/** Options of {@link latentEbm}. */
export interface LatentEbmOptions<P extends TensorTree, S extends TensorTree> extends Omit<
  AmbientEbmOptions<P, S>,
  'bounds'
> {
  /** Box of the encoded data, from `inferLatentBox`. */
  readonly box: LatentBox;
  /**
   * Box from which the replay buffer is filled. Default: `box`. The reference code fills it before it knows the box of
   * the data, from [-10, 10] in every coordinate, and never again (spec D23).
   */
  readonly bufferBox?: Bounds;
}

/**
 * Training of an energy on encoded data by contrastive divergence: the second half of a pushforward model (P2 section
 * 2.1; spec 1.12). Pass the result to `fit` with batches of codes `[count, m]`.
 *
 * @throws ConfigError `bad-option`, `bad-bounds`
 * @example
 * ```ts
 * import { energyModel } from '@ebim/ebm';
 * import { mlp } from '@ebim/nn';
 * import { inferLatentBox, latentEbm } from '@ebim/pushforward';
 * import { key, normal } from '@ebim/runtime';
 * import { adam, batches, fit } from '@ebim/training';
 *
 * const codes = normal(key(1), [200, 1]); // of an encoder
 * const trainer = latentEbm({
 *   model: energyModel(mlp({ inputSize: 1, outputSize: 1, hidden: [16] })),
 *   optimizer: adam({ learningRate: 0.01 }),
 *   box: await inferLatentBox(codes),
 *   sampler: { noiseScale: 0.5, steps: 10 }, bufferCapacity: 500,
 * });
 * const { state } = await fit({ ...trainer, data: batches(codes, { batchSize: 50 }), epochs: 2, key: key(0) });
 * console.log(state.buffer.shape); // [500, 1]
 * ```
 */
export function latentEbm<P extends TensorTree, S extends TensorTree>(
  options: LatentEbmOptions<P, S>,
): ContrastiveDivergenceTrainer<P, S> {
  const { box, bufferBox, ...rest } = options;
  const { pointShape } = rest.model;
  if (pointShape.length !== 1 || pointShape[0] !== box.lower.length)
    throw new ConfigError({
      code: 'bad-option',
      where: 'latentEbm({ model, box })',
      expected: `an energy on codes of ${box.lower.length} coordinates, as the box has`,
      received: `points of shape [${pointShape.join(', ')}]`,
    });
  const trainer = ambientEbm({ ...rest, bounds: box });
  if (bufferBox === undefined) return trainer;
  checkBounds(bufferBox, 'latentEbm({ bufferBox })');
  return {
    ...trainer,
    init: (key) => {
      const [stateKey, bufferKey] = split(key);
      const { buffer, ...state } = trainer.init(stateKey);
      const [capacity, dimension] = buffer.shape;
      buffer.dispose();
      return { ...state, buffer: uniformBox(bufferKey, capacity, bufferBox, dimension) };
    },
  };
}
