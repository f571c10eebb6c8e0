import type * as tf from '@tensorflow/tfjs';
import type { TensorTree } from '@ebim/runtime';

/**
 * A rule that turns gradients into better parameters, as two pure functions. `S` is the state of the rule: a tree
 * of tensors that travels with the parameters, into checkpoints too.
 */
export interface Optimizer<S extends TensorTree = TensorTree> {
  /** The state before the first update. The caller owns it. */
  init(params: TensorTree): S;
  /**
   * One update. `gradients` has the structure and shapes of `params`. Nothing given is changed or disposed; the
   * caller owns everything returned.
   */
  update<P extends TensorTree>(gradients: P, state: S, params: P): { params: P; state: S };
}

/**
 * A learning rate: a constant, or a function of the number of updates done so far (a float32 scalar tensor, 0 at
 * the first update, exact up to 2^24), made of tensor operations only so that a step stays pure.
 */
export type LearningRate = number | ((step: tf.Scalar) => tf.Scalar);
