import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '../errors/ebim-error.js';

/**
 * A tensor, or an array or a plain object of trees: how parameters, optimiser states and chain states are
 * passed around. Order of leaves: arrays by index, objects by sorted key.
 */
export type TensorTree = tf.Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

const isTensor = (tree: unknown): tree is tf.Tensor => tree instanceof tf.Tensor;

const keysOf = (tree: { readonly [name: string]: TensorTree }) => Object.keys(tree).sort();

/** The leaves of a tree, with their slash-separated path (`layers/0/kernel`; the path of a bare tensor is ``). */
export function treeEntries(tree: TensorTree): [path: string, leaf: tf.Tensor][] {
  const entries: [string, tf.Tensor][] = [];
  const walk = (node: TensorTree, path: string): void => {
    if (isTensor(node)) entries.push([path, node]);
    else if (Array.isArray(node))
      node.forEach((child, i) => walk(child as TensorTree, path === '' ? `${i}` : `${path}/${i}`));
    else if (typeof node === 'object' && node !== null) {
      const record = node as { readonly [name: string]: TensorTree };
      for (const name of keysOf(record)) walk(record[name], path === '' ? name : `${path}/${name}`);
    } else throw notATree(node, path);
  };
  walk(tree, '');
  return entries;
}

/** The leaves of a tree in their fixed order. */
export const treeLeaves = (tree: TensorTree): tf.Tensor[] => treeEntries(tree).map(([, leaf]) => leaf);

/**
 * A tree of the same structure whose leaves are `f(leaf, …leaves of the other trees at that place)`.
 *
 * @throws {@link ShapeError} `tree-mismatch` if another tree has another structure.
 */
export function treeMap<T extends TensorTree>(
  f: (leaf: tf.Tensor, ...rest: tf.Tensor[]) => tf.Tensor,
  tree: T,
  ...rest: TensorTree[]
): T {
  const others = rest.map((other) => matchingLeaves(tree, other));
  let i = 0;
  return rebuild(tree, (leaf) => {
    const result = f(leaf, ...others.map((leaves) => leaves[i]));
    i++;
    return result;
  });
}

/**
 * A tree with the structure of `like` and the given leaves.
 *
 * @throws {@link ShapeError} `tree-mismatch` if the number of leaves differs.
 */
export function treeUnflatten<T extends TensorTree>(like: T, leaves: readonly tf.Tensor[]): T {
  const count = treeLeaves(like).length;
  if (count !== leaves.length)
    throw new ShapeError({
      code: 'tree-mismatch',
      where: 'treeUnflatten',
      expected: `${count} leaves`,
      received: `${leaves.length}`,
      details: { expected: count, received: leaves.length },
    });
  let i = 0;
  return rebuild(like, () => leaves[i++]);
}

/** A deep copy: the caller owns the new leaves. */
export const treeClone = <T extends TensorTree>(tree: T): T => treeMap((leaf) => leaf.clone(), tree);

/** Keeps every leaf alive beyond the enclosing `tf.tidy`. */
export const treeKeep = <T extends TensorTree>(tree: T): T => treeMap((leaf) => tf.keep(leaf), tree);

/** Disposes every leaf. */
export const treeDispose = (tree: TensorTree): void => treeLeaves(tree).forEach((leaf) => leaf.dispose());

function rebuild<T extends TensorTree>(tree: T, f: (leaf: tf.Tensor) => tf.Tensor): T {
  const walk = (node: TensorTree): TensorTree => {
    if (isTensor(node)) return f(node);
    if (Array.isArray(node)) return node.map((child) => walk(child as TensorTree));
    const record = node as { readonly [name: string]: TensorTree };
    return Object.fromEntries(keysOf(record).map((name) => [name, walk(record[name])]));
  };
  return walk(tree) as T;
}

function matchingLeaves(tree: TensorTree, other: TensorTree): tf.Tensor[] {
  const [a, b] = [treeEntries(tree), treeEntries(other)];
  const at = a.findIndex(([path], i) => path !== b[i]?.[0]);
  const wrong = at >= 0 ? at : a.length < b.length ? a.length : -1;
  if (wrong >= 0)
    throw new ShapeError({
      code: 'tree-mismatch',
      where: 'treeMap',
      expected: a[wrong] ? `a leaf at "${a[wrong][0]}"` : `no leaf beyond ${a.length}`,
      received: b[wrong] ? `a leaf at "${b[wrong][0]}"` : 'none',
      hint: 'Both trees need the same names and lengths.',
    });
  return b.map(([, leaf]) => leaf);
}

function notATree(node: unknown, path: string): ShapeError {
  return new ShapeError({
    code: 'not-a-tree',
    where: path === '' ? 'tensor tree' : `tensor tree at "${path}"`,
    expected: 'a tensor, an array or a plain object',
    received: node === null ? 'null' : typeof node,
  });
}
