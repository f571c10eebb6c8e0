import * as tf from '@tensorflow/tfjs';
import { ConfigError, type TensorTree } from '@ebim/runtime';
import { chain, type ChainParams } from '../compose/chain.js';
import { luLinear } from '../linear/lu-linear.js';
import { permutation } from '../linear/permutation.js';
import { checkSizes } from '../transform/checks.js';
import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';
import type { ImageShape } from './squeeze.js';

/**
 * The same transform of the channels `[c]` at every pixel of an image.
 *
 * @throws ConfigError `bad-size`, `sizes-do-not-fit`, `context-not-supported`
 */
export function overPixels<P extends TensorTree>(transform: Transform<P>, shape: ImageShape): Transform<P> {
  const [height, width, channels] = shape;
  checkSizes('overPixels', { height, width, channels });
  const refuse = (code: string, expected: string, received: string): ConfigError =>
    new ConfigError({ code, where: 'overPixels(transform, shape)', expected, received });
  if ([transform.inputShape, transform.outputShape].some((size) => size.join() !== String(channels)))
    throw refuse(
      'sizes-do-not-fit',
      `a transform of [${channels}]`,
      `one of [${transform.inputShape.join()}]`,
    );
  if (transform.contextSize > 0)
    throw refuse(
      'context-not-supported',
      'a transform without context',
      `one of size ${transform.contextSize}`,
    );
  const pixels = height * width;
  const flat = (t: tf.Tensor): tf.Tensor => tf.reshape(t, [t.size / channels, channels]);
  const perImage = (logDet: tf.Tensor, batch: number): tf.Tensor =>
    tf.sum(tf.reshape(logDet, [batch, pixels]), 1);
  // Tangents [batch, n, h, w, c] belong to pixels, so that the axis n has to move behind them.
  const toPixels = (t: tf.Tensor): tf.Tensor => {
    const [batch, n] = t.shape;
    const moved = tf.transpose(tf.reshape(t, [batch, n, pixels, channels]), [0, 2, 1, 3]);
    return tf.reshape(moved, [batch * pixels, n, channels]);
  };
  const fromPixels = (t: tf.Tensor, batch: number): tf.Tensor => {
    const n = t.shape[1] as number;
    const moved = tf.transpose(tf.reshape(t, [batch, pixels, n, channels]), [0, 2, 1, 3]);
    return tf.reshape(moved, [batch, n, ...shape]);
  };
  return defineTransform<P>({
    name: `${transform.name} over pixels`,
    inputShape: shape,
    untrained: transform.untrained,
    init: (key) => transform.init(key),
    initialiseFrom: (params, x) => transform.initialiseFrom(params, flat(x)),
    forward: (params, x) => {
      const { y, logDetJacobian } = transform.forward(params, flat(x));
      return { y: tf.reshape(y, x.shape), logDetJacobian: perImage(logDetJacobian, x.shape[0]) };
    },
    inverse: (params, y) => {
      const { x, logDetJacobian } = transform.inverse(params, flat(y));
      return { x: tf.reshape(x, y.shape), logDetJacobian: perImage(logDetJacobian, y.shape[0]) };
    },
    forwardTangents: (params, x, tangents) => {
      const pushed = transform.forwardTangents(params, flat(x), toPixels(tangents));
      return { y: tf.reshape(pushed.y, x.shape), tangents: fromPixels(pushed.tangents, x.shape[0]) };
    },
    inverseTangents: (params, y, tangents) => {
      const pushed = transform.inverseTangents(params, flat(y), toPixels(tangents));
      return { x: tf.reshape(pushed.x, y.shape), tangents: fromPixels(pushed.tangents, y.shape[0]) };
    },
  });
}

/** Options of {@link convolution1x1}. */
export interface Convolution1x1Options {
  readonly shape: ImageShape;
}

/**
 * The invertible 1x1 convolution: a fixed random order of the channels, then an LU linear map of them, the same at
 * every pixel. `log |det| = h w sum log U_ii`.
 *
 * @throws ConfigError `bad-size`
 */
export function convolution1x1({ shape }: Convolution1x1Options): Transform<ChainParams> {
  const size = shape[2];
  return overPixels(chain([permutation({ size }), luLinear({ size })]), shape);
}
