import * as tf from '@tensorflow/tfjs';
import { ShapeError, treeEntries, treeMap, type TensorTree } from '@ebim/runtime';

/** A function of one tensor, e.g. an energy `[batch, n] -> [batch]` or a constraint `[batch, n] -> [batch, k]`. */
export type TensorFunction = (x: tf.Tensor) => tf.Tensor;

/** `float32 [2, 3]`, or what it is instead of a tensor. */
export const describe = (value: unknown): string =>
  value instanceof tf.Tensor
    ? `${value.dtype} [${value.shape.join(', ')}]`
    : value === null
      ? 'null'
      : typeof value;

/**
 * Asserts that a value is a float32 tensor.
 *
 * @throws ShapeError `not-a-float-tensor`
 */
export function assertFloatTensor(value: unknown, where: string): asserts value is tf.Tensor {
  if (!(value instanceof tf.Tensor) || value.dtype !== 'float32')
    throw new ShapeError({
      code: 'not-a-float-tensor',
      where,
      expected: 'a float32 tensor',
      received: describe(value),
    });
}

/**
 * Asserts that every leaf of a tree is a float32 tensor.
 *
 * @throws ShapeError `not-a-float-tensor` naming the leaf, `not-a-tree`
 */
export function assertFloatTree(tree: TensorTree, where: string): void {
  for (const [path, leaf] of treeEntries(tree))
    assertFloatTensor(leaf, path === '' ? where : `${where} at "${path}"`);
}

/**
 * Asserts that a value is a float32 tensor of the shape of `like`.
 *
 * @throws ShapeError `not-a-float-tensor`, `shape-mismatch`
 */
export function assertSameShape(value: unknown, like: tf.Tensor, where: string): asserts value is tf.Tensor {
  assertFloatTensor(value, where);
  if (!tf.util.arraysEqual(value.shape, like.shape))
    throw new ShapeError({
      code: 'shape-mismatch',
      where,
      expected: `[${like.shape.join(', ')}]`,
      received: `[${value.shape.join(', ')}]`,
    });
}

/**
 * Gives every leaf of a result that was made before `mark`, that is kept, or that occurs twice a copy, so that the
 * caller can dispose all of them.
 *
 * @throws ShapeError `not-a-tree`
 */
export function ownLeaves<T extends TensorTree>(tree: T, mark: number, taken = new Set<tf.Tensor>()): T {
  treeEntries(tree);
  return treeMap((leaf) => {
    const own = leaf.id < mark || leaf.kept || taken.has(leaf) ? leaf.clone() : leaf;
    taken.add(own);
    return own;
  }, tree);
}
