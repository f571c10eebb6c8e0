import { treeEntries, type TensorTree } from './tensor-tree.js';

/** What is compared of a leaf. */
export interface LeafFacts {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** The first leaf where two trees differ. */
export interface TreeMismatch {
  readonly path: string;
  /** As a phrase, e.g. `float32 [2, 3]` or `no leaf`. */
  readonly expected: string;
  readonly received: string;
}

/**
 * Compares the paths, shapes and dtypes of `tree` with those of `like`; `undefined` if they are the same. Looks at
 * no values. An array and an object with names `0`, `1`, … have the same paths.
 */
export const treeMismatch = (like: TensorTree, tree: TensorTree): TreeMismatch | undefined =>
  leafMismatch(treeEntries(like), treeEntries(tree));

/** The same for leaves that are listed by path. */
export function leafMismatch(
  like: Iterable<readonly [path: string, leaf: LeafFacts]>,
  leaves: Iterable<readonly [path: string, leaf: LeafFacts]>,
): TreeMismatch | undefined {
  const [wanted, given] = [new Map(like), new Map(leaves)];
  for (const [path, leaf] of wanted) {
    const [expected, received] = [describe(leaf), describe(given.get(path))];
    if (expected !== received) return { path, expected, received };
  }
  for (const [path, leaf] of given)
    if (!wanted.has(path)) return { path, expected: 'no leaf', received: describe(leaf) };
  return undefined;
}

const describe = (leaf: LeafFacts | undefined): string =>
  leaf === undefined ? 'no leaf' : `${leaf.dtype} [${leaf.shape.join(', ')}]`;
