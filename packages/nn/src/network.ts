import type * as tf from '@tensorflow/tfjs';
import { treeLeaves, type Key, type TensorTree } from '@ebim/runtime';

/**
 * A network is its shapes and two pure functions. Once parameters are bound it is just `(x) => apply(params, x)`,
 * which is all that samplers, losses and metrics ever see.
 *
 * @typeParam P tree of parameters
 */
export interface Network<P extends TensorTree> {
  /** Shape of one input, without the batch axis. */
  readonly inputShape: readonly number[];
  /** Shape of one output, without the batch axis. */
  readonly outputShape: readonly number[];
  /** New parameters, a function of the key alone. The caller owns them. */
  init(key: Key): P;
  /** `[batch, ...inputShape] -> [batch, ...outputShape]`. */
  apply(params: P, x: tf.Tensor): tf.Tensor;
}

/** How many numbers a tree of parameters holds. */
export const parameterCount = (params: TensorTree): number =>
  treeLeaves(params).reduce((sum, leaf) => sum + leaf.size, 0);
