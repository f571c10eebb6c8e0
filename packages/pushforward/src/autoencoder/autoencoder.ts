import type { Network } from '@ebim/nn';
import { ShapeError, split, type Key, type TensorTree } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';

/** Parameters of an {@link Autoencoder}: two trees, since their gradients are clipped apart. */
export type AutoencoderParams<E extends TensorTree, D extends TensorTree> = {
  readonly encoder: E;
  readonly decoder: D;
};

/** What an encoder says about points: where they are in latent space and, if variational, how surely. */
export type Posterior = {
  /** `[batch, m]` */
  readonly mean: tf.Tensor;
  /** Logarithm of the standard deviation, `[batch, m]`; `null` when the encoder is deterministic. */
  readonly logScale: tf.Tensor | null;
};

/** Encoder g: R^n -> R^m and decoder f: R^m -> R^n whose parameters are still open. */
export interface Autoencoder<E extends TensorTree, D extends TensorTree> {
  /** Whether the encoder gives a distribution. */
  readonly variational: boolean;
  /** Shape of one point, without the batch axis. */
  readonly pointShape: readonly number[];
  /** n: numbers in a point. */
  readonly ambientDimension: number;
  /** m: numbers in a latent code. */
  readonly latentDimension: number;
  init(key: Key): AutoencoderParams<E, D>;
  /** `[batch, ...point] -> [batch, m]`: the code, or its mean. */
  encode(params: AutoencoderParams<E, D>, x: tf.Tensor): tf.Tensor;
  /** The code with its uncertainty. */
  posterior(params: AutoencoderParams<E, D>, x: tf.Tensor): Posterior;
  /** `[batch, m] -> [batch, ...point]` */
  decode(params: AutoencoderParams<E, D>, z: tf.Tensor): tf.Tensor;
}

/**
 * Two networks as an autoencoder (P2 section 2.1; spec 1.12).
 *
 * @param encoder `[...point] -> [m]`
 * @param decoder `[m] -> [...point]`
 * @throws ShapeError `autoencoder-shapes` if one does not undo the shapes of the other
 * @example
 * ```ts
 * import { mlp } from '@ebim/nn';
 * import { autoencoder } from '@ebim/pushforward';
 * import { key } from '@ebim/runtime';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const model = autoencoder(
 *   mlp({ inputSize: 3, outputSize: 2, hidden: [32, 32] }),
 *   mlp({ inputSize: 2, outputSize: 3, hidden: [32, 32] }),
 * );
 * const params = model.init(key(0));
 * model.decode(params, model.encode(params, tf.ones([4, 3]))).print(); // [4, 3]
 * ```
 */
export function autoencoder<E extends TensorTree, D extends TensorTree>(
  encoder: Network<E>,
  decoder: Network<D>,
): Autoencoder<E, D> {
  return build(encoder, decoder, false);
}

/**
 * The same with an encoder `[...point] -> [2 m]` whose first m outputs are the mean of the code and whose others are
 * the logarithm of its standard deviation. `encode` gives the mean.
 *
 * @throws ShapeError `autoencoder-shapes`
 */
export function variationalAutoencoder<E extends TensorTree, D extends TensorTree>(
  encoder: Network<E>,
  decoder: Network<D>,
): Autoencoder<E, D> {
  return build(encoder, decoder, true);
}

function build<E extends TensorTree, D extends TensorTree>(
  encoder: Network<E>,
  decoder: Network<D>,
  variational: boolean,
): Autoencoder<E, D> {
  checkShapes(encoder, decoder, variational);
  const latentDimension = decoder.inputShape[0];
  const posterior: Autoencoder<E, D>['posterior'] = (params, x) => {
    if (!variational) return { mean: encoder.apply(params.encoder, x), logScale: null };
    const [mean, logScale] = tf.tidy(() => tf.split(encoder.apply(params.encoder, x), 2, 1));
    return { mean, logScale };
  };
  return {
    variational,
    pointShape: decoder.outputShape,
    ambientDimension: sizeOf(decoder.outputShape),
    latentDimension,
    init: (key) => {
      const [encoderKey, decoderKey] = split(key);
      return { encoder: encoder.init(encoderKey), decoder: decoder.init(decoderKey) };
    },
    encode: (params, x) => tf.tidy(() => posterior(params, x).mean),
    posterior,
    decode: (params, z) => decoder.apply(params.decoder, z),
  };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

function checkShapes<E extends TensorTree, D extends TensorTree>(
  encoder: Network<E>,
  decoder: Network<D>,
  variational: boolean,
): void {
  const [code] = decoder.inputShape;
  const wanted = variational ? 2 * code : code;
  const flat = decoder.inputShape.length === 1 && encoder.outputShape.length === 1;
  const fits = encoder.outputShape[0] === wanted;
  const back = encoder.inputShape.join() === decoder.outputShape.join();
  if (flat && fits && back) return;
  throw new ShapeError({
    code: 'autoencoder-shapes',
    where: variational ? 'variationalAutoencoder(encoder, decoder)' : 'autoencoder(encoder, decoder)',
    expected: `an encoder [...point] -> [${variational ? '2 m' : 'm'}] and a decoder [m] -> [...point]`,
    received: `[${encoder.inputShape}] -> [${encoder.outputShape}] and [${decoder.inputShape}] -> [${decoder.outputShape}]`,
    details: { encoder: encoder.outputShape, decoder: decoder.inputShape },
  });
}
