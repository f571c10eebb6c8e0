import * as tf from '@tensorflow/tfjs';
import {
  ConfigError,
  isKeySequence,
  key,
  keyAt,
  keyValues,
  ShapeError,
  tracedKey,
  type Key,
  type KeySequence,
} from '@ebim/runtime';
import { describe } from './carry.js';

/** What {@link scan} walks through: a tree whose leaves are tensors with a leading axis of length T, or keys. */
export type ScanInputs =
  tf.Tensor | KeySequence | readonly ScanInputs[] | { readonly [name: string]: ScanInputs };

/** What a step sees of the inputs `X`: tensors without the leading axis, and one key for every key sequence. */
export type ScanSlice<X> = X extends null
  ? null
  : X extends tf.Tensor
    ? tf.Tensor
    : X extends KeySequence
      ? Key
      : { -readonly [K in keyof X]: ScanSlice<X[K]> };

type Leaf = tf.Tensor | KeySequence;
type Rebuild = (leaf: Leaf, path: string) => tf.Tensor | Key;

const isList = (x: ScanInputs): x is readonly ScanInputs[] => Array.isArray(x);

function mapInputs(inputs: ScanInputs, f: Rebuild, path = ''): unknown {
  if (inputs instanceof tf.Tensor || isKeySequence(inputs)) return f(inputs, path);
  const at = (name: string | number) => (path === '' ? `${name}` : `${path}/${name}`);
  if (isList(inputs)) return inputs.map((child, i) => mapInputs(child, f, at(i)));
  if (typeof inputs !== 'object' || inputs === null)
    throw new ShapeError({
      code: 'not-a-tree',
      where: path === '' ? 'scan: xs' : `scan: xs at "${path}"`,
      expected: 'tensors, key sequences, arrays or plain objects of them',
      received: inputs === null ? 'null' : typeof inputs,
    });
  return Object.fromEntries(
    Object.entries(inputs).map(([name, child]) => [name, mapInputs(child, f, at(name))]),
  );
}

/**
 * The number of steps.
 *
 * @throws {@link ShapeError} `no-leading-axis`, `length-mismatch`
 * @throws {@link ConfigError} `bad-length`, `no-length`
 */
export function scanLength(inputs: ScanInputs | null, length: number | undefined): number {
  if (length !== undefined && (!Number.isInteger(length) || length < 0))
    throw new ConfigError({
      code: 'bad-length',
      where: 'scan({ length })',
      expected: 'a whole number, 0 or more',
      received: String(length),
    });
  let found = length;
  let from = 'the option length';
  if (inputs !== null)
    mapInputs(inputs, (leaf, path) => {
      const where = path === '' ? 'scan: xs' : `scan: xs at "${path}"`;
      if (leaf instanceof tf.Tensor && leaf.rank === 0)
        throw new ShapeError({
          code: 'no-leading-axis',
          where,
          expected: 'a tensor with a leading axis of steps',
          received: 'a scalar',
        });
      const steps = leaf instanceof tf.Tensor ? leaf.shape[0] : leaf.length;
      if (found !== undefined && steps !== found)
        throw new ShapeError({
          code: 'length-mismatch',
          where,
          expected: `${found} steps as ${from} has`,
          received: leaf instanceof tf.Tensor ? describe(leaf) : `${steps} keys`,
          details: { path, expected: found, received: steps },
        });
      if (found === undefined) [found, from] = [steps, path === '' ? 'xs' : `"${path}"`];
      return key(0);
    });
  if (found === undefined)
    throw new ConfigError({
      code: 'no-length',
      where: 'scan({ length })',
      expected: 'a length, as there are no xs to count',
      received: 'undefined',
    });
  return found;
}

/**
 * Cuts the inputs into steps: `at(t)` gives the slices of step t. Tensors are cut all at once, because the
 * gradient of that is one `stack`, while the gradient of T single slices is T paddings to full length.
 */
export function cutInputs(
  inputs: ScanInputs | null,
  length: number,
): { at: (t: number) => unknown; slices: tf.Tensor[][] } {
  const slices: tf.Tensor[][] = Array.from({ length }, () => []);
  const parts = new Map<tf.Tensor, tf.Tensor[]>();
  const cut = (x: tf.Tensor) => {
    let cuts = parts.get(x);
    if (cuts === undefined) {
      // The gradient of an unstack into a single part fails in TensorFlow.js.
      cuts = length === 1 ? [tf.reshape(x, x.shape.slice(1))] : tf.unstack(x);
      parts.set(x, cuts);
      cuts.forEach((slice, t) => slices[t].push(slice));
    }
    return cuts;
  };
  const at = (t: number) =>
    inputs === null
      ? null
      : mapInputs(inputs, (leaf) => (leaf instanceof tf.Tensor ? cut(leaf)[t] : keyAt(leaf, t)));
  return { at, slices };
}

/** Slices of zeros (and a fixed key), to learn what a step would return when there is no step to run. */
export const zeroSlices = (inputs: ScanInputs | null): unknown =>
  inputs === null
    ? null
    : mapInputs(inputs, (leaf) =>
        leaf instanceof tf.Tensor ? tf.zeros(leaf.shape.slice(1), leaf.dtype) : key(0),
      );

/** The leaves as tensors `[T, …]`, in the order of the tree; keys as the rows of an int32 tensor `[T, 2]`. */
export function sequenceTensors(inputs: ScanInputs | null): tf.Tensor[] {
  const tensors: tf.Tensor[] = [];
  if (inputs !== null)
    mapInputs(inputs, (leaf) => {
      tensors.push(
        leaf instanceof tf.Tensor
          ? leaf
          : (leaf.traced ?? tf.tensor2d(keyValues(leaf), [leaf.length, 2], 'int32')),
      );
      return key(0);
    });
  return tensors;
}

/** What a step sees, with the given slices of {@link sequenceTensors}. */
export function withSlices(inputs: ScanInputs | null, slices: readonly tf.Tensor[]): unknown {
  let i = 0;
  return inputs === null
    ? null
    : mapInputs(inputs, (leaf) => (leaf instanceof tf.Tensor ? slices[i++] : tracedKey(slices[i++])));
}
