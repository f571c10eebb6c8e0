import * as tf from '@tensorflow/tfjs';

/**
 * `tf.tidy` for any plain result: disposes the tensors that `f` made, except those in the tree (or array, or
 * object with nulls and numbers beside tensors) that it returns.
 */
export function treeTidy<T>(f: () => T): T {
  return tf.tidy(f as () => tf.TensorContainer) as T;
}
