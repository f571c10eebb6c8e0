import * as tf from '@tensorflow/tfjs';
import { permutationArray } from '@ebim/runtime';
import { checkSizes } from '../transform/checks.js';
import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';

/** Parameters of {@link permutation}: int32 `[size]` each, not trained but stored with the model. */
export type PermutationParams = {
  /** `y[i] = x[order[i]]`. */
  readonly order: tf.Tensor;
  /** `x[i] = y[back[i]]`. */
  readonly back: tf.Tensor;
};

/** Options of {@link permutation}. */
export interface PermutationOptions {
  /** Number of features. */
  readonly size: number;
}

/**
 * The features in a random order, drawn once by `init`: y_i = x_order(i), each order equally likely. Its Jacobian has
 * ones at (i, order(i)); its log determinant is 0.
 *
 * @throws ConfigError `bad-size`
 */
export function permutation({ size }: PermutationOptions): Transform<PermutationParams> {
  checkSizes('permutation', { size });
  const take = (t: tf.Tensor, order: tf.Tensor): tf.Tensor => tf.gather(t, order, t.rank - 1);
  return defineTransform<PermutationParams>({
    name: 'permutation',
    inputShape: [size],
    untrained: ['order', 'back'],
    init: (key) => permutationParams(permutationArray(key, size)),
    forward: ({ order }, x) => ({ y: take(x, order), logDetJacobian: tf.scalar(0) }),
    inverse: ({ back }, y) => ({ x: take(y, back), logDetJacobian: tf.scalar(0) }),
    forwardTangents: ({ order }, x, tangents) => ({ y: take(x, order), tangents: take(tangents, order) }),
    inverseTangents: ({ back }, y, tangents) => ({ x: take(y, back), tangents: take(tangents, back) }),
  });
}

/** The parameters of a chosen order `y[i] = x[order[i]]`. */
export function permutationParams(order: Int32Array): PermutationParams {
  const back = new Int32Array(order.length);
  order.forEach((from, to) => (back[from] = to));
  return { order: tf.tensor1d(order, 'int32'), back: tf.tensor1d(back, 'int32') };
}
