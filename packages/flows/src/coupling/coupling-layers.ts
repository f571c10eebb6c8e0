import * as tf from '@tensorflow/tfjs';
import { residualNet, type ResidualNetOptions } from '@ebim/nn';
import {
  splineForward,
  splineInverse,
  splineParameterCount,
  splineShape,
  type SplineOptions,
} from '../spline/rational-quadratic-spline.js';
import type { Transform } from '../transform/transform.js';
import { coupling, type CouplingParams, type ElementwiseMap } from './coupling.js';
import { alternatingMask, maskOf } from './mask.js';

/** Options of all coupling layers. */
export interface CouplingOptions extends Pick<
  ResidualNetOptions,
  'hidden' | 'blocks' | 'contextSize' | 'activation'
> {
  /** Number of features, at least 2. */
  readonly size: number;
  /** Position in a stack: even layers change features 0, 2, …, odd ones 1, 3, …. Default 0. */
  readonly index?: number;
  /** The features to change, instead of every other one. */
  readonly transformed?: readonly number[];
}

/** Options of {@link rationalQuadraticCoupling}. */
export interface RationalQuadraticCouplingOptions extends CouplingOptions, SplineOptions {}

/**
 * A coupling layer of rational-quadratic splines with linear tails (Durkan et al. 2019). The network's widths and
 * heights are divided by the square root of its hidden units before the softmax, as published.
 *
 * @throws ConfigError `cannot-couple`, `bad-mask`, `bad-size`, `bad-option`
 *
 * @example
 * ```ts
 * const layer = rationalQuadraticCoupling({ size: 3, index: 1, bins: 8, bound: 6, hidden: 32 });
 * const params = layer.init(key(0));
 * const { y } = layer.forward(params, tf.zeros([5, 3]));
 * ```
 */
export function rationalQuadraticCoupling(
  options: RationalQuadraticCouplingOptions,
): Transform<CouplingParams> {
  const shape = splineShape('rationalQuadraticCoupling', options);
  const parameters = splineParameterCount(shape);
  const { hidden = 100 } = options;
  const scales = new Float32Array(parameters).fill(1).fill(1 / Math.sqrt(hidden), 0, 2 * shape.bins);
  const along =
    (spline: typeof splineForward): ElementwiseMap['forward'] =>
    (x, raw) => {
      const features = x.shape[1] as number;
      const flat = tf.reshape(x, [x.size]);
      const rows = tf.transpose(tf.reshape(raw, [x.size, parameters]));
      const scaled = tf.mul(rows, tf.tensor2d(scales, [parameters, 1]));
      const { value, logDerivative } = spline(flat, scaled, shape);
      const toRows = (t: tf.Tensor): tf.Tensor => tf.reshape(t, [x.shape[0], features]);
      return { value: toRows(value), logDerivative: toRows(logDerivative) };
    };
  return layer('rationalQuadraticCoupling', options, {
    parameters,
    forward: along(splineForward),
    inverse: along(splineInverse),
  });
}

/**
 * An affine coupling layer `y = s x + t` with `s = sigmoid(r + 2) + 0.001`: the network's outputs are the shifts t of
 * all features, then the raw scales r.
 *
 * @throws ConfigError `cannot-couple`, `bad-mask`, `bad-size`
 */
export function affineCoupling(options: CouplingOptions): Transform<CouplingParams> {
  const parts = (raw: tf.Tensor): { shift: tf.Tensor; scale: tf.Tensor } => {
    const [shift, r] = tf.split(raw, 2, 1);
    return { shift, scale: tf.add(tf.sigmoid(tf.add(r, 2)), 1e-3) };
  };
  return layer('affineCoupling', options, {
    parameters: 2,
    forward: (x, raw) => {
      const { shift, scale } = parts(raw);
      return { value: tf.add(tf.mul(x, scale), shift), logDerivative: tf.log(scale) };
    },
    inverse: (y, raw) => {
      const { shift, scale } = parts(raw);
      return { value: tf.div(tf.sub(y, shift), scale), logDerivative: tf.neg(tf.log(scale)) };
    },
  });
}

/**
 * An additive coupling layer `y = x + t`, which preserves volumes.
 *
 * @throws ConfigError `cannot-couple`, `bad-mask`, `bad-size`
 */
export function additiveCoupling(options: CouplingOptions): Transform<CouplingParams> {
  return layer('additiveCoupling', options, {
    parameters: 1,
    forward: (x, raw) => ({ value: tf.add(x, raw), logDerivative: tf.zerosLike(x) }),
    inverse: (y, raw) => ({ value: tf.sub(y, raw), logDerivative: tf.zerosLike(y) }),
  });
}

function layer(name: string, options: CouplingOptions, map: ElementwiseMap): Transform<CouplingParams> {
  const { size, index = 0, transformed, hidden, blocks, contextSize, activation } = options;
  const mask = transformed === undefined ? alternatingMask(size, index) : maskOf(size, transformed);
  const conditioner = residualNet({
    inputSize: mask.identity.length,
    outputSize: mask.transformed.length * map.parameters,
    hidden,
    blocks,
    contextSize,
    activation,
  });
  return coupling({ name, mask, map, conditioner });
}
