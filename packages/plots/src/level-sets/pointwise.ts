import type { Points } from '../points.js';

/**
 * Makes a function of many points at once out of one of a single point, e.g. a formula.
 *
 * @param f coordinates to a value
 * @returns rows `[n, axes]` to `n` values
 * @example
 * const circle = pointwise((x, y) => Math.hypot(x, y) - 1);
 * circle({ data: Float64Array.of(3, 4), rows: 1, columns: 2 }); // [4]
 */
export function pointwise(f: (...x: number[]) => number): (points: Points) => Float64Array {
  return ({ data, rows, columns }) =>
    Float64Array.from({ length: rows }, (_, r) => f(...data.subarray(r * columns, (r + 1) * columns)));
}
