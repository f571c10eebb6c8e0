import * as tf from '@tensorflow/tfjs';
import { ShapeError, treeEntries, treeMap, type TensorTree } from '@ebim/runtime';

/**
 * The tensors that a running loop has to free. A step may return a new tensor, an earlier carry, an input or a
 * constant from its surroundings; only what the loop itself made may be disposed.
 */
export interface OwnedTensors {
  /** Takes over a tensor that nobody else holds. */
  readonly add: (tensor: tf.Tensor) => void;
  /** True for tensors that were taken over and not freed since. */
  readonly has: (tensor: tf.Tensor) => boolean;
  /** Frees everything that was taken over, except `live`. */
  readonly retain: (live: readonly tf.Tensor[]) => void;
}

/** Starts the bookkeeping of one loop. */
export function ownedTensors(): OwnedTensors {
  const owned = new Set<tf.Tensor>();
  return {
    add: (tensor) => void owned.add(tensor),
    has: (tensor) => owned.has(tensor),
    retain: (live) => {
      const kept = new Set(live);
      for (const tensor of owned)
        if (!kept.has(tensor)) {
          // A tape that records the loop holds clones of what it needs, so freeing is safe under a gradient too.
          tensor.dispose();
          owned.delete(tensor);
        }
    },
  };
}

/**
 * A copy of `tree` whose leaves the caller of the loop owns, each of them once: leaves that the loop does not
 * own, and repeated ones, are cloned.
 */
export function handOver<T extends TensorTree>(tree: T, owned: OwnedTensors): T {
  const given = new Set<tf.Tensor>();
  return treeMap((leaf) => {
    if (!owned.has(leaf) || given.has(leaf)) return leaf.clone();
    given.add(leaf);
    return leaf;
  }, tree);
}

/**
 * Checks that a step returned the carry it was given: same names, shapes and dtypes.
 *
 * @throws {@link ShapeError} `carry-changed`, naming the path of the first difference
 */
export function checkCarry(before: TensorTree, after: TensorTree, where: string): void {
  const [a, b] = [treeEntries(before), treeEntries(after)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (x?.[0] !== y?.[0] || describe(x[1]) !== describe(y[1])) {
      const path = (x ?? y)[0];
      throw new ShapeError({
        code: 'carry-changed',
        where: path === '' ? `${where}: carry` : `${where}: carry at "${path}"`,
        expected: x === undefined ? 'no such leaf' : describe(x[1]),
        received: y === undefined ? 'none' : y[0] === path ? describe(y[1]) : `a leaf at "${y[0]}"`,
        hint: 'A loop body returns a carry of the structure, shapes and dtypes that it was given.',
        details: { path },
      });
    }
  }
}

/** `float32 [2, 3]`: how errors name a tensor. */
export const describe = (tensor: tf.Tensor): string => `${tensor.dtype} [${tensor.shape.join(', ')}]`;

/** Ids of tensors grow: a tensor with this id or a larger one was made after this call. */
export function nextTensorId(): number {
  // A counter that the engine's types hide.
  return (tf.engine() as unknown as { nextTensorId(): number }).nextTensorId();
}
