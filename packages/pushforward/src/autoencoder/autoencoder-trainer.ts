import { valueAndGradWithAux } from '@ebim/autodiff';
import type { Stats } from '@ebim/ebm';
import { ConfigError, ShapeError, treeTidy, type Key, type TensorTree } from '@ebim/runtime';
import { clipByGlobalNorm, type Optimizer } from '@ebim/training';
import type * as tf from '@tensorflow/tfjs';
import { autoencoderLoss, type AutoencoderLossOptions } from './autoencoder-loss.js';
import type { Autoencoder, AutoencoderParams } from './autoencoder.js';

/** Everything that training of an autoencoder carries from step to step. */
export type AutoencoderState<E extends TensorTree, D extends TensorTree, S extends TensorTree> = {
  readonly params: AutoencoderParams<E, D>;
  readonly optimizer: S;
};

/** Options of {@link autoencoderTrainer}. */
export interface AutoencoderTrainerOptions<
  E extends TensorTree,
  D extends TensorTree,
  S extends TensorTree,
> extends AutoencoderLossOptions {
  readonly model: Autoencoder<E, D>;
  readonly optimizer: Optimizer<S>;
  /**
   * The gradient norms of encoder and of decoder are each clipped to this. Default 10, as in the reference code; `null`
   * switches it off.
   */
  readonly clipNorm?: number | null;
}

/** A training step for `fit`. */
export interface AutoencoderTrainer<E extends TensorTree, D extends TensorTree, S extends TensorTree> {
  init(key: Key): AutoencoderState<E, D, S>;
  /** One optimiser step on a batch of data `[batch, ...point]`. The caller owns what comes back. */
  step(
    key: Key,
    state: AutoencoderState<E, D, S>,
    batch: tf.Tensor,
  ): { state: AutoencoderState<E, D, S>; stats: Stats };
}

/**
 * Training of an autoencoder, deterministic or variational: the first half of a pushforward model (P2 section 2.1;
 * spec 1.12). Pass the result to `fit`.
 *
 * Statistics of a step: `loss`, `reconstruction`, `divergence` if variational, `encoderGradientNorm` and
 * `decoderGradientNorm` (before clipping) unless clipping is off.
 *
 * @throws ConfigError `bad-option`
 * @example
 * ```ts
 * import { mlp } from '@ebim/nn';
 * import { autoencoder, autoencoderTrainer } from '@ebim/pushforward';
 * import { key, normal } from '@ebim/runtime';
 * import { adam, batches, fit } from '@ebim/training';
 *
 * const points = normal(key(1), [200, 3]);
 * const model = autoencoder(
 *   mlp({ inputSize: 3, outputSize: 2, hidden: [16] }),
 *   mlp({ inputSize: 2, outputSize: 3, hidden: [16] }),
 * );
 * const trainer = autoencoderTrainer({ model, optimizer: adam({ learningRate: 0.001 }) });
 * const { state } = await fit({ ...trainer, data: batches(points, { batchSize: 50 }), epochs: 5, key: key(0) });
 * model.encode(state.params, points).print(); // [200, 2]
 * ```
 */
export function autoencoderTrainer<E extends TensorTree, D extends TensorTree, S extends TensorTree>(
  options: AutoencoderTrainerOptions<E, D, S>,
): AutoencoderTrainer<E, D, S> {
  const { model, optimizer, clipNorm = 10, ...lossOptions } = options;
  checkOptions(options);
  const lossOf = (params: AutoencoderParams<E, D>, x: tf.Tensor, key: Key) => {
    const { loss, ...aux } = autoencoderLoss(model, params, key, x, lossOptions);
    return { loss, aux };
  };
  return {
    init: (key) => {
      const params = model.init(key);
      return { params, optimizer: optimizer.init(params) };
    },
    step: (key, state, batch) => {
      checkBatch(batch, model.pointShape);
      return treeTidy(() => {
        const { params } = state;
        const withKey = (p: AutoencoderParams<E, D>, x: tf.Tensor) => lossOf(p, x, key);
        const { value, aux, grad } = valueAndGradWithAux(withKey)(params, batch);
        const clipped = clipNorm === null ? null : clipApart(grad, clipNorm);
        const updated = optimizer.update(clipped?.grad ?? grad, state.optimizer, params);
        return {
          state: { params: updated.params, optimizer: updated.state },
          stats: { loss: value, ...aux, ...clipped?.stats },
        };
      });
    },
  };
}

function clipApart<E extends TensorTree, D extends TensorTree>(
  grad: AutoencoderParams<E, D>,
  clipNorm: number,
): { grad: AutoencoderParams<E, D>; stats: Stats } {
  const encoder = clipByGlobalNorm(grad.encoder, clipNorm);
  const decoder = clipByGlobalNorm(grad.decoder, clipNorm);
  return {
    grad: { encoder: encoder.tree, decoder: decoder.tree },
    stats: { encoderGradientNorm: encoder.norm, decoderGradientNorm: decoder.norm },
  };
}

function checkOptions({ divergenceWeight, divergence, clipNorm }: OptionsToCheck): void {
  const fail = (name: string, expected: string, received: unknown) =>
    new ConfigError({
      code: 'bad-option',
      where: `autoencoderTrainer({ ${name} })`,
      expected,
      received: String(received),
    });
  if (divergenceWeight !== undefined && !(divergenceWeight >= 0 && Number.isFinite(divergenceWeight)))
    throw fail('divergenceWeight', 'a number of at least 0', divergenceWeight);
  if (divergence !== undefined && divergence !== 'exact' && divergence !== 'reference')
    throw fail('divergence', "'exact' or 'reference'", divergence);
  if (clipNorm !== undefined && clipNorm !== null && !(clipNorm > 0))
    throw fail('clipNorm', 'a positive number or null', clipNorm);
}

type OptionsToCheck = AutoencoderLossOptions & { readonly clipNorm?: number | null };

function checkBatch(batch: tf.Tensor, pointShape: readonly number[]): void {
  if (batch.rank === pointShape.length + 1 && batch.shape.slice(1).join() === pointShape.join()) return;
  throw new ShapeError({
    code: 'bad-batch',
    where: 'autoencoderTrainer.step(key, state, batch)',
    expected: `points of shape [batch, ${pointShape.join(', ')}]`,
    received: `[${batch.shape.join(', ')}]`,
  });
}
