import * as tf from '@tensorflow/tfjs';
import { uniform, type Key } from '@ebim/runtime';

/** Mean and variance (of the population) of numbers. */
export function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  const variance = list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length;
  return { mean, variance };
}

/** Pearson's statistic of observed counts against probabilities. */
export function chiSquare(counts: readonly number[], probabilities: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce(
    (sum, count, i) => sum + (count - total * probabilities[i]) ** 2 / (total * probabilities[i]),
    0,
  );
}

/**
 * A bound that a chi-square variable stays under with probability 1 - 3e-5 (Wilson and Hilferty's cube, 4 standard
 * deviations).
 */
export const chiSquareLimit = (degrees: number): number =>
  degrees * (1 - 2 / (9 * degrees) + 4 * Math.sqrt(2 / (9 * degrees))) ** 3;

/** Counts of values in equal bins on `[from, to)`. */
export function histogram(values: ArrayLike<number>, bins: number, from: number, to: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of Array.from(values))
    counts[Math.min(bins - 1, Math.max(0, Math.floor(((value - from) / (to - from)) * bins)))]++;
  return counts;
}

/** The rows of a matrix on the host. */
export async function rowsOf(x: tf.Tensor): Promise<number[][]> {
  return (await x.array()) as number[][];
}

/** `count` times the same point, `[count, n]`. */
export const repeat = (point: number[], count: number): tf.Tensor =>
  tf.tidy(() => tf.tile(tf.tensor2d([point]), [count, 1]));

/** Points uniform on the unit circle, `[count, 2]`. */
export const uniformCircle = (key: Key, count: number): tf.Tensor =>
  tf.tidy(() => {
    const angles = uniform(key, [count], { min: -Math.PI, max: Math.PI });
    return tf.stack([tf.cos(angles), tf.sin(angles)], 1);
  });
