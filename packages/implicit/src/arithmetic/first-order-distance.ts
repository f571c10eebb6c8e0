import { choleskyFactor, choleskySolve } from '@ebim/autodiff';
import * as tf from '@tensorflow/tfjs';

/**
 * `|J^+ F| = sqrt(F^T (J J^T)^-1 F)`, the distance to the zero set to first order.
 *
 * @param value F `[batch, k]`
 * @param jacobian J `[batch, k, n]`
 * @returns `[batch]`; Infinity where J has no full rank
 */
export function firstOrderDistance(value: tf.Tensor, jacobian: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const { factor, positiveDefinite } = choleskyFactor(tf.matMul(jacobian, jacobian, false, true));
    const squared = tf.sum(tf.mul(value, choleskySolve(factor, value)), 1);
    return tf.where(positiveDefinite, tf.sqrt(squared), Infinity);
  });
}
