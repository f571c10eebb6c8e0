import * as tf from '@tensorflow/tfjs';
import {
  splineForward,
  splineInverse,
  splineParameterCount,
  type SplineShape,
} from '../spline/rational-quadratic-spline.js';

/** An invertible map of every single feature, given raw parameters from a network. */
export interface ElementwiseMap {
  /** Raw parameters of one feature. */
  readonly parameters: number;
  /** Their order: all of one feature side by side, or first the first parameter of every feature. */
  readonly order: 'byFeature' | 'byParameter';
  /** `x [batch, T]`, `raw [batch, T * parameters]`; value and log derivative `[batch, T]`. */
  readonly forward: (x: tf.Tensor, raw: tf.Tensor) => { value: tf.Tensor; logDerivative: tf.Tensor };
  /** The inverse, with the log derivative of the inverse. */
  readonly inverse: (y: tf.Tensor, raw: tf.Tensor) => { value: tf.Tensor; logDerivative: tf.Tensor };
}

/** Splines whose widths and heights are divided by the square root of the hidden units, as published. */
export function splineMap(shape: SplineShape, hidden: number): ElementwiseMap {
  const parameters = splineParameterCount(shape);
  const scales = new Float32Array(parameters).fill(1).fill(1 / Math.sqrt(hidden), 0, 2 * shape.bins);
  const along =
    (spline: typeof splineForward): ElementwiseMap['forward'] =>
    (x, raw) => {
      const rows = tf.transpose(tf.reshape(raw, [x.size, parameters]));
      const scaled = tf.mul(rows, tf.tensor2d(scales, [parameters, 1]));
      const { value, logDerivative } = spline(tf.reshape(x, [x.size]), scaled, shape);
      return { value: tf.reshape(value, x.shape), logDerivative: tf.reshape(logDerivative, x.shape) };
    };
  return { parameters, order: 'byFeature', forward: along(splineForward), inverse: along(splineInverse) };
}

/** `y = s x + t`, `s = sigmoid(r + 2) + 0.001`: first the shifts t of all features, then the raw scales r. */
export const affineMap: ElementwiseMap = {
  parameters: 2,
  order: 'byParameter',
  forward: (x, raw) => {
    const { shift, scale } = affineParts(raw);
    return { value: tf.add(tf.mul(x, scale), shift), logDerivative: tf.log(scale) };
  },
  inverse: (y, raw) => {
    const { shift, scale } = affineParts(raw);
    return { value: tf.div(tf.sub(y, shift), scale), logDerivative: tf.neg(tf.log(scale)) };
  },
};

/** `y = x + t`. */
export const additiveMap: ElementwiseMap = {
  parameters: 1,
  order: 'byFeature',
  forward: (x, raw) => ({ value: tf.add(x, raw), logDerivative: tf.zerosLike(x) }),
  inverse: (y, raw) => ({ value: tf.sub(y, raw), logDerivative: tf.zerosLike(y) }),
};

function affineParts(raw: tf.Tensor): { shift: tf.Tensor; scale: tf.Tensor } {
  const [batch, count] = raw.shape as [number, number];
  const half = count / 2;
  return {
    shift: tf.slice(raw, [0, 0], [batch, half]),
    scale: tf.add(tf.sigmoid(tf.add(tf.slice(raw, [0, half], [batch, half]), 2)), 1e-3),
  };
}
