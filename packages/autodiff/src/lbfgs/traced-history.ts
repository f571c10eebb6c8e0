import * as tf from '@tensorflow/tfjs';
import { whileLoop } from '@ebim/compiler';
import { MIN_CURVATURE } from './options.js';
import { and, count, when } from './traced-scalars.js';

/** Curvature pairs in tensors of fixed size; the newest is the last row. */
export type CurvatureHistory = {
  /** `[m, n]` */
  readonly moves: tf.Tensor;
  /** Changes of the gradient, `[m, n]`. */
  readonly changes: tf.Tensor;
  /** 1 / (move · change), `[m]`. */
  readonly weights: tf.Tensor;
  /** How many rows are pairs, int32. */
  readonly count: tf.Tensor;
  /** Initial inverse Hessian: a multiple of the identity. */
  readonly scale: tf.Tensor;
};

/** A history without pairs, with room for `size` of `length` numbers. */
export const emptyHistory = (size: number, length: number): CurvatureHistory => ({
  moves: tf.zeros([size, length]),
  changes: tf.zeros([size, length]),
  weights: tf.zeros([size]),
  count: count(0),
  scale: tf.scalar(1),
});

/** The inner product of two vectors `[n]`. */
export const inner = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.sum(tf.mul(a, b));

/** The history after a move `[n]` that changed the gradient `[n]` so, if `allowed` and if its curvature is positive. */
export function remember(
  history: CurvatureHistory,
  move: tf.Tensor,
  change: tf.Tensor,
  allowed: tf.Tensor,
): CurvatureHistory {
  const size = history.weights.shape[0];
  const curvature = inner(change, move);
  const keeps = and(allowed, tf.greater(curvature, MIN_CURVATURE));
  const append = (rows: tf.Tensor, row: tf.Tensor): tf.Tensor =>
    when(keeps, tf.concat([tf.slice(rows, 1), tf.expandDims(row, 0)], 0), rows);
  return {
    moves: append(history.moves, move),
    changes: append(history.changes, change),
    weights: append(history.weights, tf.div(1, curvature)),
    count: when(keeps, tf.minimum(tf.add(history.count, count(1)), count(size)), history.count),
    scale: when(keeps, tf.div(curvature, inner(change, change)), history.scale),
  };
}

/** A pass over the pairs. */
type Pass = {
  /** Row, int32 `[1]`. */
  readonly row: tf.Tensor;
  /** `[1, n]` */
  readonly vector: tf.Tensor;
  /** `[m]` */
  readonly alphas: tf.Tensor;
};

/** -H g `[n]` by the two-loop recursion (Nocedal & Wright, algorithm 7.4). */
export function newtonDirection(gradient: tf.Tensor, history: CurvatureHistory): tf.Tensor {
  const { moves, changes, weights, scale } = history;
  const size = weights.shape[0];
  const rows = tf.range(0, size, 1, 'int32');
  const one = tf.tensor1d([1], 'int32');
  const oldest = tf.sub(count(size), history.count);
  const options = { maxIterations: size };

  const back = whileLoop<Pass>(
    ({ row }) => tf.all(tf.greaterEqual(row, oldest)),
    ({ row, vector, alphas }) => {
      const product = inner(tf.gather(moves, row), vector);
      const alpha = tf.mul(product, tf.gather(weights, row));
      return {
        row: tf.sub(row, one),
        vector: tf.sub(vector, tf.mul(tf.gather(changes, row), alpha)),
        alphas: tf.where(tf.equal(rows, row), alpha, alphas),
      };
    },
    {
      row: tf.tensor1d([size - 1], 'int32'),
      vector: tf.expandDims(tf.neg(gradient), 0),
      alphas: tf.zeros([size]),
    },
    options,
  );
  const forth = whileLoop<Omit<Pass, 'alphas'>>(
    ({ row }) => tf.all(tf.less(row, count(size))),
    ({ row, vector }) => {
      const product = inner(tf.gather(changes, row), vector);
      const beta = tf.mul(product, tf.gather(weights, row));
      const factor = tf.sub(tf.gather(back.alphas, row), beta);
      return {
        row: tf.add(row, one),
        vector: tf.add(vector, tf.mul(tf.gather(moves, row), factor)),
      };
    },
    { row: tf.reshape(oldest, [1]), vector: tf.mul(back.vector, scale) },
    options,
  );
  return tf.squeeze(forth.vector, [0]);
}
