import type { Points } from '../points.js';

/** A batched function made of one of a single point, for tests. */
export function batched(f: (...x: number[]) => number): (points: Points) => Float64Array {
  return ({ data, rows, columns }) =>
    Float64Array.from({ length: rows }, (_, r) => f(...data.subarray(r * columns, (r + 1) * columns)));
}

/** Signed distance to a sphere. */
export const sphereField = (radius = 1, centre: readonly number[] = [0, 0, 0]) =>
  batched((...x) => Math.hypot(...x.map((value, axis) => value - centre[axis])) - radius);

/** Signed distance to a torus about the z-axis. */
export const torusField = (large = 3, small = 1) =>
  batched((x, y, z) => Math.hypot(Math.hypot(x, y) - large, z) - small);
