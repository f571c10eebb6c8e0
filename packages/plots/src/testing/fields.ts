import { pointwise } from '../level-sets/pointwise.js';

/** Signed distance to a sphere. */
export const sphereField = (radius = 1, centre: readonly number[] = [0, 0, 0]) =>
  pointwise((...x) => Math.hypot(...x.map((value, axis) => value - centre[axis])) - radius);

/** Signed distance to a torus about the z-axis. */
export const torusField = (large = 3, small = 1) =>
  pointwise((x, y, z) => Math.hypot(Math.hypot(x, y) - large, z) - small);
