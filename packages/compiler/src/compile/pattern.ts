import * as tf from '@tensorflow/tfjs';
import { isKey, isKeySequence } from '@ebim/runtime';
import type { Leaf } from './leaves.js';

/**
 * Arguments of one signature, in a form that further arguments are compared with fast: most calls are like the call
 * before, and writing their signature would take longer than a small program runs.
 */
export type Pattern =
  | { readonly kind: 'tensor'; readonly shape: readonly number[]; readonly dtype: string }
  | { readonly kind: 'key' }
  | { readonly kind: 'keys'; readonly length: number }
  | { readonly kind: 'list'; readonly items: readonly Pattern[] }
  | { readonly kind: 'record'; readonly names: readonly string[]; readonly items: readonly Pattern[] }
  | { readonly kind: 'value'; readonly value: unknown };

/** The pattern of arguments that `flatten` has accepted. */
export function patternOf(node: unknown): Pattern {
  if (node instanceof tf.Tensor) return { kind: 'tensor', shape: [...node.shape], dtype: node.dtype };
  if (Array.isArray(node)) return { kind: 'list', items: node.map(patternOf) };
  if (isKey(node)) return { kind: 'key' };
  if (isKeySequence(node)) return { kind: 'keys', length: node.length };
  if (typeof node !== 'object' || node === null) return { kind: 'value', value: node };
  // In the order in which `flatten` lists the leaves.
  const names = Object.keys(node).sort();
  const record = node as Record<string, unknown>;
  return { kind: 'record', names, items: names.map((name) => patternOf(record[name])) };
}

/** Whether arguments have the signature of the pattern; appends their data to `leaves`, also if they have not. */
export function matches(pattern: Pattern, node: unknown, leaves: Leaf[]): boolean {
  switch (pattern.kind) {
    case 'tensor': {
      if (!(node instanceof tf.Tensor) || node.dtype !== pattern.dtype) return false;
      const { shape } = pattern;
      if (node.shape.length !== shape.length) return false;
      for (let i = 0; i < shape.length; i++) if (node.shape[i] !== shape[i]) return false;
      leaves.push(node);
      return true;
    }
    case 'record': {
      if (typeof node !== 'object' || node === null || node instanceof tf.Tensor || Array.isArray(node))
        return false;
      const { names, items } = pattern;
      const record = node as Record<string, unknown>;
      if (Object.keys(record).length !== names.length) return false;
      for (let i = 0; i < names.length; i++)
        if (!(names[i] in record) || !matches(items[i], record[names[i]], leaves)) return false;
      return true;
    }
    case 'list': {
      const { items } = pattern;
      if (!Array.isArray(node) || node.length !== items.length) return false;
      for (let i = 0; i < items.length; i++) if (!matches(items[i], node[i], leaves)) return false;
      return true;
    }
    case 'value':
      return Object.is(node, pattern.value);
    case 'key':
      if (!isKey(node)) return false;
      leaves.push(node);
      return true;
    case 'keys':
      if (!isKeySequence(node) || node.length !== pattern.length) return false;
      leaves.push(node);
      return true;
  }
}

/** The tree of a pattern with the given leaves. */
export function fromPattern(pattern: Pattern, leaves: readonly unknown[]): unknown {
  let next = 0;
  const build = (p: Pattern): unknown => {
    if (p.kind === 'value') return p.value;
    if (p.kind === 'list') return p.items.map(build);
    if (p.kind !== 'record') return leaves[next++];
    const record: Record<string, unknown> = {};
    for (let i = 0; i < p.names.length; i++) record[p.names[i]] = build(p.items[i]);
    return record;
  };
  return build(pattern);
}
