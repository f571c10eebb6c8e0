import { choleskyFactor, jacobian, logDetFromCholesky } from '@ebim/autodiff';
import * as tf from '@tensorflow/tfjs';

/**
 * Logarithm of the length, area or volume by which a decoder stretches latent space: `1/2 log det(J^T J)`, J its
 * Jacobian `[n, m]`, by a Cholesky factor (P2 Eq 2; spec 1.12). Differentiable.
 *
 * @param decode f: `[batch, m] -> [batch, ...point]`, rows by themselves, m up to 64
 * @returns `z -> [batch]`; minus infinity where J has no full rank, that is where f is no immersion
 * @example
 * ```ts
 * import { logVolumeElement } from '@ebim/pushforward';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const ellipse = (t: tf.Tensor) => tf.concat([tf.mul(2, tf.cos(t)), tf.sin(t)], 1);
 * logVolumeElement(ellipse)(tf.tensor2d([[0], [Math.PI / 2]])).print(); // log 1, log 2
 * ```
 */
export function logVolumeElement(decode: (z: tf.Tensor) => tf.Tensor): (z: tf.Tensor) => tf.Tensor {
  return (z) =>
    tf.tidy(() => {
      const J = jacobian(decode)(z);
      const { factor, positiveDefinite } = choleskyFactor(tf.matMul(J, J, true, false));
      const half = tf.mul(0.5, logDetFromCholesky(factor));
      return tf.where(positiveDefinite, half, tf.fill(half.shape, -Infinity));
    });
}
