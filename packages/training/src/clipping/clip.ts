import * as tf from '@tensorflow/tfjs';
import { treeLeaves, treeMap, treeTidy, type TensorTree } from '@ebim/runtime';
import { checkOption, positive } from '../options.js';

/**
 * Scales a whole tree of gradients down to a length of at most `maxNorm`, by PyTorch's rule
 * `min(1, maxNorm / (norm + 1e-6))`, norm being the l2 norm over all entries of all leaves.
 *
 * @returns the scaled tree and the norm before scaling (scalar)
 * @throws ConfigError `bad-option`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { clipByGlobalNorm } from '@ebim/training';
 *
 * const { tree, norm } = clipByGlobalNorm({ a: tf.tensor1d([3]), b: tf.tensor1d([4]) }, 1);
 * norm.print(); // 5
 * tree.a.print(); // [0.6]
 * ```
 */
export function clipByGlobalNorm<T extends TensorTree>(
  tree: T,
  maxNorm: number,
): { tree: T; norm: tf.Scalar } {
  checkOption('clipByGlobalNorm', 'maxNorm', maxNorm, positive);
  return treeTidy(() => {
    const squares = treeLeaves(tree).map((leaf) => tf.sum(tf.square(leaf)));
    const total = squares.reduce((sum, square) => tf.add(sum, square), tf.scalar(0));
    const norm = tf.sqrt(total) as tf.Scalar;
    const factor = tf.minimum(tf.div(maxNorm, tf.add(norm, 1e-6)), 1);
    return { tree: treeMap((leaf) => tf.mul(leaf, factor), tree), norm };
  });
}

/**
 * Every entry of every leaf limited to `[-limit, limit]`.
 *
 * @throws ConfigError `bad-option`
 */
export function clipByValue<T extends TensorTree>(tree: T, limit: number): T {
  checkOption('clipByValue', 'limit', limit, positive);
  return treeMap((leaf) => tf.clipByValue(leaf, -limit, limit), tree);
}
