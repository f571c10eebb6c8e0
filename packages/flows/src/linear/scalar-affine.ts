import * as tf from '@tensorflow/tfjs';
import { residualNet, type ResidualNetOptions, type ResidualNetParams } from '@ebim/nn';
import { normal, split } from '@ebim/runtime';
import { checkSizes } from '../transform/checks.js';
import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';

/** Parameters of {@link scalarAffine}, `[size]` each. */
export type ScalarAffineParams = { readonly scale: tf.Tensor; readonly shift: tf.Tensor };

/** Options of {@link scalarAffine}. */
export interface ScalarAffineOptions {
  /** Number of features. Default 1. */
  readonly size?: number;
}

/** Keeps a scale of 0 invertible. */
const LEAST = 1e-6;

/**
 * `y = s x + t` feature by feature, s and t free and drawn from N(0, 1): the inner transform of a flow on a curve,
 * where there is nothing to couple. The scale that acts is s moved away from 0 by 1e-6.
 *
 * @throws ConfigError `bad-size`
 */
export function scalarAffine({ size = 1 }: ScalarAffineOptions = {}): Transform<ScalarAffineParams> {
  checkSizes('scalarAffine', { size });
  const scaleOf = ({ scale }: ScalarAffineParams): tf.Tensor =>
    tf.where(tf.greaterEqual(scale, 0), tf.add(scale, LEAST), tf.sub(scale, LEAST));
  const logScale = (scale: tf.Tensor): tf.Tensor => tf.sum(tf.log(tf.abs(scale)));
  return defineTransform<ScalarAffineParams>({
    name: 'scalarAffine',
    inputShape: [size],
    init: (key) => {
      const [scaleKey, shiftKey] = split(key);
      return { scale: normal(scaleKey, [size]), shift: normal(shiftKey, [size]) };
    },
    forward: (params, x) => {
      const scale = scaleOf(params);
      return { y: tf.add(tf.mul(x, scale), params.shift), logDetJacobian: logScale(scale) };
    },
    inverse: (params, y) => {
      const scale = scaleOf(params);
      return { x: tf.div(tf.sub(y, params.shift), scale), logDetJacobian: tf.neg(logScale(scale)) };
    },
    forwardTangents: (params, x, tangents) => {
      const scale = scaleOf(params);
      return { y: tf.add(tf.mul(x, scale), params.shift), tangents: tf.mul(tangents, scale) };
    },
    inverseTangents: (params, y, tangents) => {
      const scale = scaleOf(params);
      return { x: tf.div(tf.sub(y, params.shift), scale), tangents: tf.div(tangents, scale) };
    },
  });
}

/** Parameters of {@link conditionalAffine}. */
export type ConditionalAffineParams = { readonly network: ResidualNetParams };

/** Options of {@link conditionalAffine}. */
export interface ConditionalAffineOptions extends Pick<
  ResidualNetOptions,
  'hidden' | 'blocks' | 'activation'
> {
  /** Number of features. Default 1. */
  readonly size?: number;
  /** Size of the context, at least 1. */
  readonly contextSize: number;
}

/**
 * `y = exp(a) x + t` feature by feature, a and t computed from the context by a residual network.
 *
 * @throws ConfigError `bad-size`
 */
export function conditionalAffine(options: ConditionalAffineOptions): Transform<ConditionalAffineParams> {
  const { size = 1, contextSize, hidden, blocks, activation } = options;
  checkSizes('conditionalAffine', { size, contextSize });
  const network = residualNet({ inputSize: contextSize, outputSize: 2 * size, hidden, blocks, activation });
  const partsOf = (
    params: ConditionalAffineParams,
    context: tf.Tensor,
  ): { logScale: tf.Tensor; shift: tf.Tensor } => {
    const raw = network.apply(params.network, context);
    const part = (i: number): tf.Tensor => tf.slice(raw, [0, i * size], [context.shape[0], size]);
    return { logScale: part(0), shift: part(1) };
  };
  return defineTransform<ConditionalAffineParams>({
    name: 'conditionalAffine',
    inputShape: [size],
    contextSize,
    init: (key) => ({ network: network.init(key) }),
    forward: (params, x, context) => {
      const { logScale, shift } = partsOf(params, context as tf.Tensor);
      return { y: tf.add(tf.mul(x, tf.exp(logScale)), shift), logDetJacobian: tf.sum(logScale, 1) };
    },
    inverse: (params, y, context) => {
      const { logScale, shift } = partsOf(params, context as tf.Tensor);
      const x = tf.mul(tf.sub(y, shift), tf.exp(tf.neg(logScale)));
      return { x, logDetJacobian: tf.neg(tf.sum(logScale, 1)) };
    },
    forwardTangents: (params, x, tangents, context) => {
      const { logScale, shift } = partsOf(params, context as tf.Tensor);
      const scale = tf.exp(logScale);
      return { y: tf.add(tf.mul(x, scale), shift), tangents: tf.mul(tangents, tf.expandDims(scale, 1)) };
    },
    inverseTangents: (params, y, tangents, context) => {
      const { logScale, shift } = partsOf(params, context as tf.Tensor);
      const scale = tf.exp(tf.neg(logScale));
      return { x: tf.mul(tf.sub(y, shift), scale), tangents: tf.mul(tangents, tf.expandDims(scale, 1)) };
    },
  });
}
