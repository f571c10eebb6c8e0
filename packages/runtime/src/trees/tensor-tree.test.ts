import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { expectNoLeak, installLeakGuard } from '@ebim/testing';
import {
  treeClone,
  treeDispose,
  treeEntries,
  treeKeep,
  treeLeaves,
  treeMap,
  treeUnflatten,
  type TensorTree,
} from './tensor-tree.js';
import { treeTidy } from './tree-tidy.js';

const sample = () => ({ layers: [{ kernel: tf.scalar(2), bias: tf.scalar(1) }], end: tf.scalar(0) });
const values = (tree: TensorTree) => treeLeaves(tree).map((leaf) => leaf.dataSync()[0]);

describe('trees', () => {
  installLeakGuard();

  it('have their leaves in a fixed order, however they were built', () => {
    const tree = sample();
    expect(treeEntries(tree).map(([path]) => path)).toEqual(['end', 'layers/0/bias', 'layers/0/kernel']);
    expect(values(tree)).toEqual([0, 1, 2]);
    treeDispose(tree);
    const long = Array.from({ length: 12 }, (_, i) => tf.scalar(i));
    expect(values(long)).toEqual(long.map((_, i) => i));
    treeDispose(long);
    const bare = tf.scalar(5);
    expect(treeEntries(bare)).toEqual([['', bare]]);
    treeDispose(bare);
  });

  it('map leaf by leaf with others of the same structure', () => {
    const [a, b] = [sample(), sample()];
    const sum = treeMap((x, y) => tf.add(x, y), a, b);
    expect(values(sum)).toEqual([0, 2, 4]);
    expect(Array.isArray(sum.layers)).toBe(true);
    treeDispose([a, b, sum]);
  });

  it('refuse others of another structure', () => {
    const tree = sample();
    const [leaf] = treeLeaves(tree);
    const others: TensorTree[] = [{}, leaf, { ...tree, more: leaf }, { end: leaf, layers: [] }];
    for (const other of others)
      expect(() => treeMap((x) => x, tree, other)).toThrow(
        expect.objectContaining({ code: 'tree-mismatch' }),
      );
    expect(() => treeUnflatten(tree, [])).toThrow(expect.objectContaining({ code: 'tree-mismatch' }));
    for (const none of [null, 3, 'text', { a: undefined }] as unknown as TensorTree[])
      expect(() => treeLeaves(none)).toThrow(expect.objectContaining({ code: 'not-a-tree' }));
    treeDispose(tree);
  });

  it('are taken apart and put together', () => {
    const tree = sample();
    const back = treeUnflatten(tree, treeLeaves(tree).reverse());
    expect(values(back)).toEqual([2, 1, 0]);
    expect(treeEntries(back).map(([path]) => path)).toEqual(treeEntries(tree).map(([path]) => path));
    treeDispose(tree);
  });

  it('are cloned, kept and tidied', () => {
    const tree = sample();
    expectNoLeak(() => treeClone(tree));
    const copy = treeClone(tree);
    treeDispose(tree);
    expect(values(copy)).toEqual([0, 1, 2]);
    treeDispose(copy);

    let kept: TensorTree = [];
    tf.tidy(() => void (kept = treeKeep(sample())));
    expect(values(kept)).toEqual([0, 1, 2]);
    treeDispose(kept);

    const tidied = treeTidy(() => ({ nested: [tf.add(1, 2)], text: 'x', none: null }));
    expect(values(tidied.nested)).toEqual([3]);
    treeDispose(tidied.nested);
  });
});
