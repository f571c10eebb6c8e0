import { safeNorm } from '@ebim/autodiff';
import { ConfigError } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';

/** How a value of the manifold-defining function becomes a number: sum of |F|, length, or squared length. */
export type Norm = 'l1' | 'l2' | 'l2Squared';

/**
 * The norm of each row, `[batch, k] -> [batch]`. The length has gradient 0 where the row is 0, as in PyTorch.
 *
 * @throws {@link ConfigError} `unknown-norm`
 */
export function normOf(norm: Norm, value: tf.Tensor): tf.Tensor {
  switch (norm) {
    case 'l1':
      return tf.sum(tf.abs(value), -1);
    case 'l2':
      // With one output the length is the absolute value: fewer kernels in the hottest loop of training.
      return value.shape[value.rank - 1] === 1 ? tf.abs(tf.squeeze(value, [-1])) : safeNorm(value, -1);
    case 'l2Squared':
      return tf.sum(tf.square(value), -1);
    default:
      throw new ConfigError({
        code: 'unknown-norm',
        where: 'norm',
        expected: "'l1', 'l2' or 'l2Squared'",
        received: String(norm),
      });
  }
}
