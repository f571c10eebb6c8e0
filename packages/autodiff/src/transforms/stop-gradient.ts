import type * as tf from '@tensorflow/tfjs';
import { treeMap, type TensorTree } from '@ebim/runtime';
import { untaped } from '../tape/engine.js';

/**
 * The same values as constants: derivatives of any order do not pass.
 *
 * @param tree a tensor or a tree of tensors; the copy belongs to the caller
 */
export function stopGradient<T extends TensorTree>(tree: T): T {
  return untaped(() => treeMap((leaf: tf.Tensor) => leaf.clone(), tree));
}
