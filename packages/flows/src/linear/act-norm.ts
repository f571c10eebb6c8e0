import * as tf from '@tensorflow/tfjs';
import { ConfigError } from '@ebim/runtime';
import { checkSizes } from '../transform/checks.js';
import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';

/** Parameters of {@link actNorm}, `[channels]` each. */
export type ActNormParams = { readonly logScale: tf.Tensor; readonly shift: tf.Tensor };

/** Options of {@link actNorm}. */
export interface ActNormOptions {
  /** Shape of one point: `[features]`, or `[height, width, channels]`; the last axis has a scale for each entry. */
  readonly shape: readonly number[];
}

/** A channel that does not vary in the first batch is not blown up to infinity. */
const LEAST_DEVIATION = 1e-6;

/**
 * `y = exp(s) x + t`, a scale and a shift for each channel. Starts as the identity; `initialiseFrom(params, batch)`
 * gives the parameters with which the channels of that batch have mean 0 and standard deviation 1.
 *
 * @throws ConfigError `bad-size`, `bad-shape`
 *
 * @example
 * ```ts
 * const layer = actNorm({ shape: [3] });
 * const firstBatch = tf.randomNormal([50, 3], 10, 2);
 * const params = layer.initialiseFrom(layer.init(key(0)), firstBatch);
 * ```
 */
export function actNorm({ shape }: ActNormOptions): Transform<ActNormParams> {
  if (shape.length === 0)
    throw new ConfigError({
      code: 'bad-shape',
      where: 'actNorm({ shape })',
      expected: 'at least one axis',
      received: '[]',
    });
  shape.forEach((size) => checkSizes('actNorm', { shape: size }));
  const channels = shape[shape.length - 1];
  const pixels = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const up = ({ logScale, shift }: ActNormParams, x: tf.Tensor): tf.Tensor =>
    tf.add(tf.mul(x, tf.exp(logScale)), shift);
  const down = ({ logScale, shift }: ActNormParams, y: tf.Tensor): tf.Tensor =>
    tf.mul(tf.sub(y, shift), tf.exp(tf.neg(logScale)));
  const logDet = ({ logScale }: ActNormParams): tf.Tensor => tf.mul(pixels, tf.sum(logScale));
  return defineTransform<ActNormParams>({
    name: 'actNorm',
    inputShape: shape,
    init: () => ({ logScale: tf.zeros([channels]), shift: tf.zeros([channels]) }),
    initialiseFrom: (_, x) => {
      const { mean, variance } = tf.moments(
        x,
        x.shape.slice(0, -1).map((__, axis) => axis),
      );
      const deviation = tf.maximum(tf.sqrt(variance), LEAST_DEVIATION);
      return { logScale: tf.neg(tf.log(deviation)), shift: tf.neg(tf.div(mean, deviation)) };
    },
    forward: (params, x) => ({ y: up(params, x), logDetJacobian: logDet(params) }),
    inverse: (params, y) => ({ x: down(params, y), logDetJacobian: tf.neg(logDet(params)) }),
    forwardTangents: (params, x, tangents) => ({
      y: up(params, x),
      tangents: tf.mul(tangents, tf.exp(params.logScale)),
    }),
    inverseTangents: (params, y, tangents) => ({
      x: down(params, y),
      tangents: tf.mul(tangents, tf.exp(tf.neg(params.logScale))),
    }),
  });
}
