import { ConfigError, type Key } from '@ebim/runtime';
import type { Points } from '../points/points.js';

/**
 * A distribution on a known manifold: exact draws and exact density with respect to the manifold's own length or
 * area (never Lebesgue measure of the surrounding space, and never an angle).
 */
export interface ManifoldDistribution {
  readonly name: string;
  /** Coordinates of a point, n. */
  readonly ambientDimension: number;
  /** Dimension of the manifold, m. */
  readonly manifoldDimension: number;
  /** Length (m = 1) or area (m = 2) of the manifold. */
  readonly volume: number;
  /** `count` independent points `[count, n]`; the same key gives the same points on every machine. */
  sample(key: Key, count: number): Points;
  /** Natural logarithm of the density at each row of `[n rows, n]`; `-Infinity` off the manifold. */
  logDensity(points: Points): Float64Array;
}

/** How far from the manifold a point may lie and still count as on it. */
export interface ToleranceOptions {
  /**
   * Euclidean distance to the manifold up to which `logDensity` is that of the closest point; beyond it is
   * `-Infinity`. `Infinity` takes the closest point always (for points of a *learned* manifold). Default 1e-5, which
   * leaves room for float32.
   */
  readonly tolerance?: number;
}

/** Checks an option. @throws {@link ConfigError} `bad-option` unless `ok` */
export function requireOption(ok: boolean, where: string, expected: string, received: unknown): void {
  if (ok) return;
  const shown = Array.isArray(received) ? JSON.stringify(received) : String(received);
  throw new ConfigError({ code: 'bad-option', where, expected, received: shown });
}

/** Checks a size. @throws {@link ConfigError} `bad-option` unless a positive finite number */
export const requirePositive = (where: string, value: number): void =>
  requireOption(value > 0 && value < Infinity, where, 'a positive number', value);

/** Checks a number of draws. @throws {@link ConfigError} `bad-option` unless `count` is a whole number >= 0 */
export const requireCount = (where: string, count: number): void =>
  requireOption(Number.isSafeInteger(count) && count >= 0, where, 'a whole number of points >= 0', count);

/** Checks a tolerance. @throws {@link ConfigError} `bad-option` unless a distance >= 0 */
export const requireTolerance = (where: string, tolerance: number): void =>
  requireOption(tolerance >= 0, where, 'a distance >= 0', tolerance);

/** Checks a vector. @throws {@link ConfigError} `bad-option` unless all are finite and there are `length` of them */
export const requireVector = (where: string, values: readonly number[], length: number): void =>
  requireOption(
    values.length === length && values.every(Number.isFinite),
    where,
    `${length} finite numbers`,
    values,
  );

/** Weights divided by their sum. @throws {@link ConfigError} `bad-option` unless `count` of them, >= 0, not all 0 */
export function normalisedWeights(where: string, weights: readonly number[], count: number): number[] {
  const total = weights.reduce((sum, w) => sum + w, 0);
  requireOption(
    weights.length === count && weights.every((w) => w >= 0) && total > 0 && total < Infinity,
    where,
    `${count} weights >= 0 that are not all 0`,
    weights,
  );
  return weights.map((w) => w / total);
}

/** Index of the component that a uniform number in [0, 1) selects. */
export function componentOf(weights: readonly number[], uniform: number): number {
  let cumulative = 0;
  for (let c = 0; c < weights.length; c++) {
    cumulative += weights[c];
    if (uniform < cumulative) return c;
  }
  // Rounding can leave the sum below 1; a component without weight must still never be chosen.
  return weights.findLastIndex((w) => w > 0);
}
