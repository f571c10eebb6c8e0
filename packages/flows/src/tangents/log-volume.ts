import * as tf from '@tensorflow/tfjs';
import { choleskyFactor, logDetFromCholesky } from '@ebim/autodiff';
import { ShapeError, treeTidy } from '@ebim/runtime';

/**
 * `½ log det JᵀJ`, by which a chart with the Jacobian J stretches volumes: the sum of the logarithms of the diagonal of
 * the Cholesky factor of JᵀJ. Columns are scaled to length 1 first, so that coordinates of very different scales cost
 * no digits. NaN in rows where JᵀJ is not positive definite.
 *
 * @param jacobian `[batch, d, n]`, n <= 64
 * @returns `[batch]`
 * @throws ShapeError `bad-jacobian`; ConfigError `matrix-too-large`
 */
export function logVolumeOfTangents(jacobian: tf.Tensor): tf.Tensor1D {
  const [, d, n] = jacobian.shape;
  if (jacobian.rank !== 3 || n > d || n < 1)
    throw new ShapeError({
      code: 'bad-jacobian',
      where: 'logVolumeOfTangents(jacobian)',
      expected: '[batch, d, n] with 1 <= n <= d',
      received: `[${jacobian.shape.join(', ')}]`,
    });
  if (jacobian.shape[0] === 0) return tf.zeros([0]);
  return treeTidy(() => {
    const lengths = tf.sqrt(tf.sum(tf.square(jacobian), 1, true));
    const columns = tf.div(jacobian, lengths);
    const { factor, positiveDefinite } = choleskyFactor(tf.matMul(columns, columns, true, false));
    const log = tf.add(tf.mul(0.5, logDetFromCholesky(factor)), tf.sum(tf.log(lengths), [1, 2]));
    return tf.where(positiveDefinite, log, tf.fill(log.shape, NaN)) as tf.Tensor1D;
  });
}
