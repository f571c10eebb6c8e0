import * as tf from '@tensorflow/tfjs';

/**
 * Euclidean norm along an axis whose derivatives are 0, not NaN, where the norm is 0 (the sub-gradient that PyTorch
 * chooses too). Smooth to all orders elsewhere.
 *
 * @param axis one or several axes; default all
 * @param keepDims keep the reduced axes with size 1; default false
 *
 * @example
 * ```ts
 * const [a, b] = [tf.tensor2d([[3, 4], [1, 1]]), tf.tensor2d([[0, 0], [1, 1]])];
 * safeNorm(tf.sub(a, b), 1).print(); // [5, 0], with gradient 0 at the second row
 * ```
 */
export function safeNorm(x: tf.Tensor, axis?: number | number[], keepDims = false): tf.Tensor {
  return tf.tidy(() => {
    const squared = squaredNorm(x, axis, keepDims);
    const positive = tf.step(squared);
    // sqrt(1) · 0 where the norm is 0: finite, and the factor 0 is also that of all its derivatives.
    return tf.mul(tf.sqrt(tf.add(squared, tf.sub(1, positive))), positive);
  });
}

/**
 * Sum of squares along an axis. Its gradient at 0 is 0.
 *
 * @param axis one or several axes; default all
 * @param keepDims keep the reduced axes with size 1; default false
 */
export function squaredNorm(x: tf.Tensor, axis?: number | number[], keepDims = false): tf.Tensor {
  return tf.tidy(() => tf.sum(tf.square(x), axis, keepDims));
}
