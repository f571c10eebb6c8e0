import * as tf from '@tensorflow/tfjs';
import { ConfigError } from '@ebim/runtime';

/** Which features a coupling layer changes, and which it looks at. Indices ascend. */
export interface CouplingMask {
  readonly transformed: readonly number[];
  readonly identity: readonly number[];
}

/**
 * The mask of layer `index` of a stack: even layers change the features 0, 2, 4, …, odd ones 1, 3, 5, ….
 *
 * @throws ConfigError `cannot-couple` for fewer than two features
 */
export function alternatingMask(size: number, index: number): CouplingMask {
  return maskOf(
    size,
    Array.from({ length: size }, (_, i) => i).filter((i) => i % 2 === index % 2),
  );
}

/**
 * The mask that changes the given features.
 *
 * @throws ConfigError `cannot-couple`, `bad-mask`
 */
export function maskOf(size: number, transformed: readonly number[]): CouplingMask {
  if (!Number.isInteger(size) || size < 2)
    throw new ConfigError({
      code: 'cannot-couple',
      where: 'coupling({ size })',
      expected: 'at least 2 features: one to change, one to look at',
      received: String(size),
      hint: 'One feature alone takes a scalarAffine or an elementwise spline.',
    });
  const changed = new Set(transformed);
  const valid = transformed.every((i) => Number.isInteger(i) && i >= 0 && i < size);
  if (!valid || changed.size !== transformed.length || changed.size === 0 || changed.size === size)
    throw new ConfigError({
      code: 'bad-mask',
      where: 'coupling({ transformed })',
      expected: `some, not all, of the indices 0 to ${size - 1}, each once`,
      received: `[${transformed.join(', ')}]`,
    });
  const all = Array.from({ length: size }, (_, i) => i);
  return {
    transformed: all.filter((i) => changed.has(i)),
    identity: all.filter((i) => !changed.has(i)),
  };
}

/** Both parts of `x [..., size]`. */
export function splitByMask(x: tf.Tensor, mask: CouplingMask): { changed: tf.Tensor; kept: tf.Tensor } {
  return { changed: take(x, mask.transformed), kept: take(x, mask.identity) };
}

/** The parts put back to their places. */
export function joinByMask(changed: tf.Tensor, kept: tf.Tensor, mask: CouplingMask): tf.Tensor {
  const order = [...mask.transformed, ...mask.identity];
  const back = new Int32Array(order.length);
  order.forEach((to, from) => (back[to] = from));
  return take(tf.concat([changed, kept], changed.rank - 1), [...back]);
}

/** Features by index; a run of neighbours is a slice, which costs less than a gather. */
function take(x: tf.Tensor, indices: readonly number[]): tf.Tensor {
  const axis = x.rank - 1;
  const consecutive = indices.every((index, i) => index === indices[0] + i);
  if (!consecutive) return tf.gather(x, tf.tensor1d([...indices], 'int32'), axis);
  if (indices.length === x.shape[axis]) return x;
  const begin = x.shape.map((_, i) => (i === axis ? indices[0] : 0));
  const size = x.shape.map((length, i) => (i === axis ? indices.length : length));
  return tf.slice(x, begin, size);
}
