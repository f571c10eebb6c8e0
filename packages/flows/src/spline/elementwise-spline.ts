import * as tf from '@tensorflow/tfjs';
import { checkSizes } from '../transform/checks.js';
import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';
import {
  inverseRationalQuadraticSpline,
  rationalQuadraticSpline,
  splineParameterCount,
  splineShape,
  type SplineOptions,
} from './rational-quadratic-spline.js';

/** Parameters of {@link elementwiseSpline}: raw ones, `[size, 3 bins - 1]`. */
export type ElementwiseSplineParams = { readonly raw: tf.Tensor };

/** Options of {@link elementwiseSpline}. */
export interface ElementwiseSplineOptions extends SplineOptions {
  /** Number of features, each with a spline of its own. */
  readonly size: number;
}

/**
 * A rational-quadratic spline for each feature, with free parameters. Starts as the identity.
 *
 * @throws ConfigError `bad-size`, `bad-option`
 */
export function elementwiseSpline(options: ElementwiseSplineOptions): Transform<ElementwiseSplineParams> {
  const { size } = options;
  checkSizes('elementwiseSpline', { size });
  const shape = splineShape('elementwiseSpline', options);
  const count = splineParameterCount(shape);
  const repeated = (raw: tf.Tensor, batch: number): tf.Tensor => tf.add(tf.zeros([batch, size, count]), raw);
  return defineTransform<ElementwiseSplineParams>({
    name: 'elementwiseSpline',
    inputShape: [size],
    init: () => {
      const raw = new Float32Array(count);
      // Derivatives of 1 at the inner knots, as at the outer ones.
      raw.fill(Math.log(Math.expm1(1 - shape.minDerivative)), 2 * shape.bins);
      return { raw: tf.tile(tf.tensor2d(raw, [1, count]), [size, 1]) };
    },
    forward: ({ raw }, x) => {
      const { value, logDerivative } = rationalQuadraticSpline(x, repeated(raw, x.shape[0]), shape);
      return { y: value, logDetJacobian: tf.sum(logDerivative, 1) };
    },
    inverse: ({ raw }, y) => {
      const { value, logDerivative } = inverseRationalQuadraticSpline(y, repeated(raw, y.shape[0]), shape);
      return { x: value, logDetJacobian: tf.sum(logDerivative, 1) };
    },
    forwardTangents: ({ raw }, x, tangents) => {
      const { value, logDerivative } = rationalQuadraticSpline(x, repeated(raw, x.shape[0]), shape);
      return { y: value, tangents: tf.mul(tangents, tf.expandDims(tf.exp(logDerivative), 1)) };
    },
    inverseTangents: ({ raw }, y, tangents) => {
      const { value, logDerivative } = inverseRationalQuadraticSpline(y, repeated(raw, y.shape[0]), shape);
      return { x: value, tangents: tf.mul(tangents, tf.expandDims(tf.exp(logDerivative), 1)) };
    },
  });
}
