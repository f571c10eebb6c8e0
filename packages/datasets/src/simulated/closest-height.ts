import { heightOf } from './polynomial-height.js';

/** Newton steps after which a point no longer moves; the search is quadratic near the end. */
const STEPS = 60;

/** Starts a point gets at most along an axis, and how many of the best are followed. */
const GRID = { spacing: 0.4, most: 24, followed: 4 } as const;

/**
 * The closest point (z, f(z)) of the graph to w, as z. It lies no farther off than the height above or below w, so that
 * the disc of that radius is searched: a grid first, then Newton's method from the best of it.
 */
export function closestOnGraph(coefficients: readonly number[], w: ArrayLike<number>): [number, number] {
  const squared = (z0: number, z1: number): number =>
    (z0 - w[0]) ** 2 + (z1 - w[1]) ** 2 + (heightOf(coefficients, z0, z1).value - w[2]) ** 2;
  const radius = Math.abs(heightOf(coefficients, w[0], w[1]).value - w[2]);
  const half = Math.min(GRID.most / 2, Math.ceil(radius / GRID.spacing));
  const starts: { z: [number, number]; value: number }[] = [];
  for (let i = -half; i <= half; i++) {
    for (let j = -half; j <= half; j++) {
      if (i * i + j * j > half * half) continue;
      const z: [number, number] = [
        w[0] + (i * radius) / Math.max(1, half),
        w[1] + (j * radius) / Math.max(1, half),
      ];
      starts.push({ z, value: squared(...z) });
    }
  }
  starts.sort((a, b) => a.value - b.value);
  let best = starts[0];
  for (const { z } of starts.slice(0, GRID.followed)) {
    const end = descend(coefficients, w, z, squared);
    const value = squared(...end);
    if (value < best.value) best = { z: end, value };
  }
  return best.z;
}

/** Damped Newton steps on half the squared distance; along its gradient where it is not convex. */
function descend(
  coefficients: readonly number[],
  w: ArrayLike<number>,
  start: readonly [number, number],
  squared: (z0: number, z1: number) => number,
): [number, number] {
  let [z0, z1] = start;
  let value = squared(z0, z1);
  for (let step = 0; step < STEPS; step++) {
    const { value: f, gradient, hessian } = heightOf(coefficients, z0, z1);
    const rise = f - w[2];
    const g0 = z0 - w[0] + rise * gradient[0];
    const g1 = z1 - w[1] + rise * gradient[1];
    const h00 = 1 + gradient[0] ** 2 + rise * hessian[0];
    const h01 = gradient[0] * gradient[1] + rise * hessian[1];
    const h11 = 1 + gradient[1] ** 2 + rise * hessian[2];
    const determinant = h00 * h11 - h01 * h01;
    const convex = determinant > 1e-12 && h00 > 0;
    const s0 = convex ? (h11 * g0 - h01 * g1) / determinant : g0;
    const s1 = convex ? (h00 * g1 - h01 * g0) / determinant : g1;
    let length = 1;
    while (length > 1e-10 && !(squared(z0 - length * s0, z1 - length * s1) < value)) length /= 2;
    if (length <= 1e-10) break;
    z0 -= length * s0;
    z1 -= length * s1;
    value = squared(z0, z1);
  }
  return [z0, z1];
}
