import * as tf from '@tensorflow/tfjs';
import { treeLeaves, treeUnflatten, type TensorTree } from '@ebim/runtime';

/** Both of two bool scalars. */
export const and = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.logicalAnd(a, b);
/** One or both of two bool scalars. */
export const or = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.logicalOr(a, b);
/** The other bool scalar. */
export const not = (a: tf.Tensor): tf.Tensor => tf.logicalNot(a);

/** An int32 scalar. */
export const count = (value: number): tf.Scalar => tf.scalar(value, 'int32');

/** `yes` or `no`, of one shape and dtype, by a bool scalar. */
export const when = (condition: tf.Tensor, yes: tf.Tensor, no: tf.Tensor): tf.Tensor =>
  yes === no ? yes : tf.where(condition, yes, no);

/** {@link when} for all leaves of two trees of one structure. */
export function pick<T extends TensorTree>(condition: tf.Tensor, yes: T, no: T): T {
  const others = treeLeaves(no);
  return treeUnflatten(
    yes,
    treeLeaves(yes).map((leaf, i) => when(condition, leaf, others[i])),
  );
}
