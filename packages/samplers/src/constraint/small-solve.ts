import * as tf from '@tensorflow/tfjs';

/**
 * Solves small systems A y = b, a batch at a time, by Gauss-Jordan elimination without pivoting. Meant for
 * `J(c) J(q)^T` with c near q, which is near a symmetric positive definite matrix; a zero pivot gives NaN.
 *
 * @param matrix `[B, k, k]`, k at least 2
 * @param b `[B, k]`
 * @returns `[B, k]`
 */
export function solveSmall(matrix: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const [batch, k] = b.shape;
  return tf.tidy(() => {
    let augmented = tf.concat([matrix, tf.expandDims(b, 2)], 2);
    for (let i = 0; i < k; i++) {
      const row = tf.slice(augmented, [0, i, 0], [-1, 1, -1]);
      const pivotRow = tf.div(row, tf.slice(row, [0, 0, i], [-1, -1, 1]));
      // Row i has to become the pivot row itself: a_i - (a_ii - 1) * a_i / a_ii = a_i / a_ii.
      const unit = tf.reshape(tf.oneHot(tf.tensor1d([i], 'int32'), k), [1, k, 1]);
      const column = tf.sub(tf.slice(augmented, [0, 0, i], [-1, -1, 1]), unit);
      augmented = tf.sub(augmented, tf.mul(column, pivotRow));
    }
    return tf.reshape(tf.slice(augmented, [0, 0, k], [-1, -1, 1]), [batch, k]);
  });
}
