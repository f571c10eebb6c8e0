import * as tf from '@tensorflow/tfjs';
import { CompileError, isKey, isKeySequence, type Key, type KeySequence } from '@ebim/runtime';

/** What a compiled function is given and returns as data; all else of its arguments is part of their signature. */
export type Leaf = tf.Tensor | Key | KeySequence;

/** Arguments taken apart. */
export interface Flattened {
  readonly leaves: readonly Leaf[];
  /** Equal for arguments of the same structure, shapes, dtypes and plain values. */
  readonly signature: string;
}

const isLeaf = (x: unknown): x is Leaf => x instanceof tf.Tensor || isKey(x) || isKeySequence(x);

const references = new WeakMap<object, number>();
let nextReference = 0;

/** Functions are the same if they are identical. */
function reference(f: object): number {
  let n = references.get(f);
  if (n === undefined) references.set(f, (n = nextReference++));
  return n;
}

/**
 * Takes arguments apart into data and signature.
 *
 * @throws CompileError `bad-argument` for what is neither tensor, key, plain value, function, array or plain object
 */
export function flatten(tree: unknown): Flattened {
  const leaves: Leaf[] = [];
  const walk = (node: unknown, path: string): string => {
    if (node instanceof tf.Tensor) {
      leaves.push(node);
      return `${node.dtype}[${node.shape.join()}]`;
    }
    if (typeof node === 'number' || typeof node === 'bigint') return `${Object.is(node, -0) ? '-0' : node}`;
    if (typeof node === 'string') return JSON.stringify(node);
    if (node === null || node === undefined || typeof node === 'boolean') return `${node}`;
    if (typeof node === 'function') return `f${reference(node)}`;
    if (Array.isArray(node)) return `(${node.map((child, i) => walk(child, `${path}/${i}`)).join()})`;
    if (isKey(node)) {
      leaves.push(node);
      return 'key';
    }
    if (isKeySequence(node)) {
      leaves.push(node);
      return `keys[${node.length}]`;
    }
    if (isPlain(node)) {
      let text = '{';
      // In a fixed order: a tree that went through treeMap has its names sorted, and is the same tree.
      for (const name of Object.keys(node).sort())
        text += `${JSON.stringify(name)}:${walk(node[name], `${path}/${name}`)},`;
      return `${text}}`;
    }
    throw new CompileError({
      code: 'bad-argument',
      where: `argument of a compiled function, at ${path}`,
      expected: 'tensors, keys, plain values, arrays and plain objects of them',
      received: Object.prototype.toString.call(node),
      hint: 'Pass numbers as a tensor if they change from call to call.',
    });
  };
  return { signature: walk(tree, ''), leaves };
}

/** The same tree with other leaves, in the order of {@link flatten}. */
export function withLeaves(tree: unknown, leaves: readonly unknown[]): unknown {
  let i = 0;
  const walk = (node: unknown): unknown => {
    if (isLeaf(node)) return leaves[i++];
    if (Array.isArray(node)) return node.map(walk);
    if (isPlain(node))
      return Object.fromEntries(
        Object.keys(node)
          .sort()
          .map((k) => [k, walk(node[k])]),
      );
    return node;
  };
  return walk(tree);
}

/** An object that is nothing but its names and values. */
export function isPlain(node: unknown): node is Record<string, unknown> {
  if (typeof node !== 'object' || node === null) return false;
  const prototype: unknown = Object.getPrototypeOf(node);
  return prototype === Object.prototype || prototype === null;
}
