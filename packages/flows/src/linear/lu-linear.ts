import * as tf from '@tensorflow/tfjs';
import { checkSizes } from '../transform/checks.js';
import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';
import { unitLowerInverse } from './triangular-inverse.js';

/** Parameters of {@link luLinear}. */
export type LuLinearParams = {
  /** `[d (d - 1) / 2]`: L below its diagonal of ones, row by row. */
  readonly lower: tf.Tensor;
  /** `[d (d - 1) / 2]`: U above its diagonal, row by row. */
  readonly upper: tf.Tensor;
  /** `[d]`: the diagonal of U is softplus of it, plus 0.001. */
  readonly diagonal: tf.Tensor;
  /** `[d]` */
  readonly bias: tf.Tensor;
};

/** Options of {@link luLinear}. */
export interface LuLinearOptions {
  /** Number of features d. */
  readonly size: number;
}

/** Smallest entry of the diagonal of U. */
const LEAST = 1e-3;

/**
 * A linear map in LU form: `y = L U x + b`, L lower triangular with ones on its diagonal, U upper triangular with a
 * positive one. Starts as the identity; `log |det| = sum log U_ii`.
 *
 * @throws ConfigError `bad-size`
 */
export function luLinear({ size }: LuLinearOptions): Transform<LuLinearParams> {
  checkSizes('luLinear', { size });
  return defineTransform<LuLinearParams>({
    name: 'luLinear',
    inputShape: [size],
    init: () => identityLu(size),
    forward: (params, x) => {
      const { matrix, diagonal } = factors(params, size);
      return { y: tf.add(rowsTimes(x, matrix), params.bias), logDetJacobian: tf.sum(tf.log(diagonal)) };
    },
    inverse: (params, y) => {
      const { diagonal } = factors(params, size);
      const x = rowsTimes(tf.sub(y, params.bias), luInverse(params, size));
      return { x, logDetJacobian: tf.neg(tf.sum(tf.log(diagonal))) };
    },
    forwardTangents: (params, x, tangents) => {
      const { matrix } = factors(params, size);
      return { y: tf.add(rowsTimes(x, matrix), params.bias), tangents: rowsTimes(tangents, matrix) };
    },
    inverseTangents: (params, y, tangents) => {
      const inverse = luInverse(params, size);
      return { x: rowsTimes(tf.sub(y, params.bias), inverse), tangents: rowsTimes(tangents, inverse) };
    },
  });
}

/** Parameters of the identity. */
export function identityLu(size: number): LuLinearParams {
  const count = (size * (size - 1)) / 2;
  return {
    lower: tf.zeros([count]),
    upper: tf.zeros([count]),
    diagonal: tf.fill([size], Math.log(Math.expm1(1 - LEAST))),
    bias: tf.zeros([size]),
  };
}

/** Every vector of the last axis times a matrix, `A v`. */
function rowsTimes(t: tf.Tensor, matrix: tf.Tensor): tf.Tensor {
  const size = t.shape[t.rank - 1];
  return tf.reshape(tf.matMul(tf.reshape(t, [t.size / size, size]), matrix, false, true), t.shape);
}

/** L U, and the diagonal of U. */
export function factors(params: LuLinearParams, size: number): { matrix: tf.Tensor; diagonal: tf.Tensor } {
  const { lower, upper, diagonal } = triangles(params, size);
  return { matrix: tf.matMul(lower, tf.add(upper, tf.mul(tf.eye(size), diagonal))), diagonal };
}

/**
 * (L U)⁻¹ from both inverted triangles, with one step of Newton's iteration `X <- X (2 - A X)` against the rounding
 * errors of the products.
 */
export function luInverse(params: LuLinearParams, size: number): tf.Tensor {
  const { lower, upper, diagonal } = triangles(params, size);
  const scaled = tf.add(tf.eye(size), tf.div(upper, tf.reshape(diagonal, [size, 1])));
  const upperInverse = tf.div(tf.transpose(unitLowerInverse(tf.transpose(scaled))), diagonal);
  const inverse = tf.matMul(upperInverse, unitLowerInverse(lower));
  const matrix = tf.matMul(lower, tf.add(upper, tf.mul(tf.eye(size), diagonal)));
  const residual = tf.sub(tf.eye(size), tf.matMul(matrix, inverse));
  return tf.add(inverse, tf.matMul(inverse, residual));
}

/** L with its ones, U without its diagonal, and the diagonal. */
function triangles(
  params: LuLinearParams,
  size: number,
): { lower: tf.Tensor; upper: tf.Tensor; diagonal: tf.Tensor } {
  const diagonal = tf.add(tf.softplus(params.diagonal), LEAST);
  if (size === 1) return { lower: tf.ones([1, 1]), upper: tf.zeros([1, 1]), diagonal };
  return {
    lower: tf.add(
      tf.eye(size),
      spread(params.lower, size, (row, column) => row > column),
    ),
    upper: spread(params.upper, size, (row, column) => row < column),
    diagonal,
  };
}

/** A matrix with the values, row by row, where `isThere`, and zeros elsewhere. */
function spread(
  values: tf.Tensor,
  size: number,
  isThere: (row: number, column: number) => boolean,
): tf.Tensor {
  const count = values.shape[0];
  const places = new Int32Array(size * size);
  let next = 0;
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      places[row * size + column] = isThere(row, column) ? next++ : count;
  const padded = tf.concat([values, tf.zeros([1])], 0);
  return tf.reshape(tf.gather(padded, tf.tensor1d(places, 'int32')), [size, size]);
}
