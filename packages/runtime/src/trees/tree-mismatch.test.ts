import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { treeDispose, type TensorTree } from './tensor-tree.js';
import { treeMismatch } from './tree-mismatch.js';

describe('treeMismatch', () => {
  const mismatch = (like: TensorTree, tree: TensorTree) => {
    const result = treeMismatch(like, tree);
    treeDispose([like, tree]);
    return result;
  };

  it('finds none between trees that differ in values only', () => {
    expect(mismatch({ a: [tf.zeros([2])], b: [] }, { b: [], a: [tf.ones([2])] })).toBeUndefined();
  });

  it.each([
    ['shape', () => ({ a: tf.zeros([3]) }), 'a', 'float32 [2]', 'float32 [3]'],
    ['dtype', () => ({ a: tf.zeros([2], 'int32') }), 'a', 'float32 [2]', 'int32 [2]'],
    ['missing leaf', () => ({}), 'a', 'float32 [2]', 'no leaf'],
    ['further leaf', () => ({ a: tf.zeros([2]), b: tf.scalar(1) }), 'b', 'no leaf', 'float32 []'],
    ['deeper leaf', () => ({ a: [tf.zeros([2])] }), 'a', 'float32 [2]', 'no leaf'],
  ] as [string, () => TensorTree, string, string, string][])(
    'names another %s',
    (_, make, path, expected, received) => {
      expect(mismatch({ a: tf.zeros([2]) }, make())).toEqual({ path, expected, received });
    },
  );
});
