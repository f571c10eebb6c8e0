import * as tf from '@tensorflow/tfjs';
import { ConfigError, uniform, type Key } from '@ebim/runtime';

/** An axis-parallel box, per coordinate; a number stands for every coordinate. */
export interface Bounds {
  readonly lower: number | readonly number[];
  readonly upper: number | readonly number[];
}

/**
 * Checks a box.
 *
 * @throws ConfigError `bad-bounds` if a side is not finite, lengths differ or a lower side is not below its upper
 */
export function checkBounds(bounds: Bounds, where: string): void {
  const [lower, upper] = sides(bounds, lengthOf(bounds) ?? 1);
  const fail = (expected: string): never => {
    throw new ConfigError({
      code: 'bad-bounds',
      where,
      expected,
      received: JSON.stringify(bounds),
      details: { bounds },
    });
  };
  if (lower.length === 0 || lower.length !== upper.length) fail('as many lower as upper sides, at least one');
  if (![...lower, ...upper].every(Number.isFinite)) fail('finite sides');
  if (lower.some((value, i) => value >= upper[i])) fail('every lower side below its upper side');
}

/**
 * Moves every point into the box, coordinate by coordinate. A point of a manifold may leave the manifold by this.
 *
 * @param x `[B, n]`, or any shape when the bounds are numbers
 */
export function clampToBounds(x: tf.Tensor, bounds: Bounds): tf.Tensor {
  return tf.tidy(() => tf.minimum(tf.maximum(x, side(bounds.lower)), side(bounds.upper)));
}

/** Bool `[B]`: the point `x` `[B, n]` lies in the closed box. */
export function insideBounds(x: tf.Tensor, bounds: Bounds): tf.Tensor {
  return tf.tidy(() =>
    tf.all(
      tf.logicalAnd(tf.greaterEqual(x, side(bounds.lower)), tf.lessEqual(x, side(bounds.upper))),
      axesAfterFirst(x),
    ),
  );
}

/**
 * Points uniform in a box.
 *
 * @param dimension needed only when both sides are numbers
 * @returns `[count, n]`
 * @throws ConfigError `bad-bounds`
 *
 * @example
 * ```ts
 * const points = uniformBox(key(0), 100, { lower: [-1, -1], upper: [1, 1] }); // [100, 2]
 * ```
 */
export function uniformBox(key: Key, count: number, bounds: Bounds, dimension?: number): tf.Tensor {
  checkBounds(bounds, 'uniformBox(key, count, bounds)');
  const size = lengthOf(bounds) ?? dimension;
  if (size === undefined || (dimension !== undefined && size !== dimension))
    throw new ConfigError({
      code: 'bad-bounds',
      where: 'uniformBox(key, count, bounds, dimension)',
      expected: size === undefined ? 'a dimension, as both sides are numbers' : `${dimension} coordinates`,
      received: size === undefined ? 'none' : `${size}`,
    });
  return tf.tidy(() => {
    const [lower, upper] = sides(bounds, size);
    const width = upper.map((value, i) => value - lower[i]);
    return tf.add(tf.mul(uniform(key, [count, size]), tf.tensor1d(width)), tf.tensor1d(lower));
  });
}

const axesAfterFirst = (x: tf.Tensor): number[] => x.shape.slice(1).map((_, i) => i + 1);

const side = (value: number | readonly number[]): tf.Tensor | number =>
  typeof value === 'number' ? value : tf.tensor1d([...value]);

const lengthOf = ({ lower, upper }: Bounds): number | undefined =>
  typeof lower !== 'number' ? lower.length : typeof upper !== 'number' ? upper.length : undefined;

const sides = ({ lower, upper }: Bounds, size: number): [number[], number[]] => {
  const expand = (value: number | readonly number[]): number[] =>
    typeof value === 'number' ? Array.from({ length: size }, () => value) : [...value];
  return [expand(lower), expand(upper)];
};
