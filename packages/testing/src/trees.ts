import * as tf from '@tensorflow/tfjs';

/** Any nesting of arrays and plain objects with tensors as leaves (the `TensorTree` of `@ebim/runtime`). */
export type Tree = tf.Tensor | readonly Tree[] | { readonly [name: string]: Tree };

/** The leaves with their slash-separated path. */
export function entriesOf(tree: Tree, path = ''): [path: string, leaf: tf.Tensor][] {
  if (tree instanceof tf.Tensor) return [[path, tree]];
  return Object.entries(tree).flatMap(([name, child]) =>
    entriesOf(child, path === '' ? name : `${path}/${name}`),
  );
}

/** Path, dtype and shape of every leaf: what two states of one chain have in common. */
export const signatureOf = (tree: Tree): string[] =>
  entriesOf(tree).map(([path, leaf]) => `${path}: ${leaf.dtype} [${leaf.shape}]`);

/** The numbers of every leaf, by path. */
export async function valuesOf(tree: Tree): Promise<Record<string, number[]>> {
  const pairs = entriesOf(tree).map(async ([path, leaf]) => [path, Array.from(await leaf.data())] as const);
  return Object.fromEntries(await Promise.all(pairs));
}
