import { ConfigError, ConvergenceError, DataError, ShapeError, key, normalArray } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Points } from '../points.js';
import type { BatchedConstraint, PointConstraint } from './constraint.js';
import { distanceToManifold } from './distance-to-manifold.js';

const cloud = (seed: number, rows: number, columns: number, scale: number): Points => ({
  data: normalArray(key(seed), rows * columns).map((x) => scale * x),
  rows,
  columns,
});
const rowsOf = ({ data, rows, columns }: Points) =>
  Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * columns, (i + 1) * columns)));
const points = (rows: number[][]): Points => ({
  data: Float64Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0].length,
});

const sphere: PointConstraint = (x) => ({
  value: Float64Array.of(x.reduce((sum, value) => sum + value * value, -1)),
  jacobian: x.map((value) => 2 * value),
});
const torus: PointConstraint = ([x, y, z]) => {
  const ring = Math.hypot(x, y);
  return {
    value: Float64Array.of((ring - 3) ** 2 + z * z - 1),
    jacobian: Float64Array.of((2 * (ring - 3) * x) / ring, (2 * (ring - 3) * y) / ring, 2 * z),
  };
};
const axes = [3, 1, 2];
const ellipsoid: PointConstraint = (x) => ({
  value: Float64Array.of(x.reduce((sum, value, d) => sum + (value / axes[d]) ** 2, -1)),
  jacobian: x.map((value, d) => (2 * value) / axes[d] ** 2),
});
/** Unit circle in the plane x3 = 1/2, embedded in R^4 as an intersection of three hypersurfaces. */
const circle4: PointConstraint = ([a, b, c, d]) => ({
  value: Float64Array.of(a * a + b * b - 1, c - 0.5, d + (a * a + b * b - 1)),
  jacobian: Float64Array.of(...[2 * a, 2 * b, 0, 0], ...[0, 0, 1, 0], ...[2 * a, 2 * b, 0, 1]),
});

/** Distance to the ellipsoid from its secular equation sum (a x / (a^2 + t))^2 = 1, by bisection. */
function ellipsoidDistance(x: number[]): number {
  const excess = (t: number) => axes.reduce((sum, a, d) => sum + ((a * x[d]) / (a * a + t)) ** 2, -1);
  let [low, high] = [-1 + 1e-15, 1e3];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  return Math.hypot(...axes.map((a, d) => x[d] - (a * a * x[d]) / (a * a + low)));
}

describe('distanceToManifold', () => {
  it.each([
    ['sphere', sphere, 1.5, (x: number[]) => Math.abs(Math.hypot(...x) - 1)],
    ['torus', torus, 3, (x: number[]) => Math.abs(Math.hypot(Math.hypot(x[0], x[1]) - 3, x[2]) - 1)],
    ['ellipsoid', ellipsoid, 2, ellipsoidDistance],
  ])('is exact on the %s, near and far, inside and outside', async (_, constraint, scale, exact) => {
    const given = cloud(1, 300, 3, scale);
    const result = await distanceToManifold(constraint, given);
    rowsOf(given).forEach((x, i) => expect(result.distances[i]).toBeCloseTo(exact(x), 9));
    expect(new Set(result.status)).toEqual(new Set(['converged']));
    expect(result.failed).toBe(0);
    expect(Math.max(...result.violations)).toBeLessThan(1e-12);
    rowsOf(result.positions).forEach((x, i) => {
      expect(Math.hypot(...x.map((value, d) => value - given.data[3 * i + d]))).toBeCloseTo(
        result.distances[i],
        12,
      );
    });
    const sorted = Array.from(result.distances).sort((a, b) => a - b);
    expect(result.summary).toMatchObject({ count: 300, min: sorted[0], max: sorted[299] });
  });

  it('handles more than one constraint', async () => {
    const given = cloud(2, 200, 4, 1.2);
    const { distances, status } = await distanceToManifold(circle4, given);
    rowsOf(given).forEach(([a, b, c, d], i) => {
      expect(distances[i]).toBeCloseTo(Math.hypot(Math.hypot(a, b) - 1, c - 0.5, d), 9);
    });
    expect(status.every((s) => s === 'converged')).toBe(true);
  });

  it('resolves distances far below float32', async () => {
    const offsets = [0, 1e-12, -1e-9, 3e-7];
    const given = points(offsets.map((h) => [(1 + h) * 0.6, (1 + h) * 0.8]));
    const { distances } = await distanceToManifold(sphere, given);
    offsets.forEach((h, i) => expect(Math.abs(distances[i] - Math.abs(h))).toBeLessThan(1e-15));
  });

  it('leaves saddles: points on the long axis of an ellipsoid', async () => {
    const given = [
      [0.1, 0, 0],
      [2, 0, 0],
      [0, 0, 0],
      [5, 0, 0],
    ];
    const { distances } = await distanceToManifold(ellipsoid, points(given));
    expect(distances[0]).toBeCloseTo(Math.sqrt(0.99875), 12); // at (0.1125, y, 0)
    expect(distances[1]).toBeCloseTo(Math.SQRT1_2, 9);
    expect(distances[2]).toBeCloseTo(1, 9);
    expect(distances[3]).toBeCloseTo(2, 12);
  });

  it('is never larger than the distance to any point of the manifold it could have started from', async () => {
    // Two circles: from between them, only the start decides which one is found.
    const two: PointConstraint = ([x, y]) => {
      const [p, q] = [(x + 2) ** 2 + y * y - 1, (x - 2) ** 2 + y * y - 1];
      return {
        value: Float64Array.of(p * q),
        jacobian: Float64Array.of(2 * (x + 2) * q + 2 * (x - 2) * p, 2 * y * (p + q)),
      };
    };
    const angles = Array.from({ length: 40 }, (_, i) => (2 * Math.PI * i) / 40);
    const starts = points(angles.flatMap((t) => [-2, 2].map((c) => [c + Math.cos(t), Math.sin(t)])));
    const given = cloud(4, 100, 2, 2);
    const { distances } = await distanceToManifold(two, given, { starts, startsPerPoint: 2 });
    rowsOf(given).forEach(([x, y], i) => {
      const exact = Math.min(...[-2, 2].map((c) => Math.abs(Math.hypot(x - c, y) - 1)));
      expect(distances[i]).toBeCloseTo(exact, 8);
    });
  });

  it('commutes with rotations, shifts and scales of space', async () => {
    const parameters = fc.record({
      angle: fc.double({ min: 0, max: 6, noNaN: true }),
      shift: fc.double({ min: -3, max: 3, noNaN: true }),
      scale: fc.double({ min: 0.2, max: 5, noNaN: true }),
    });
    const given = [
      [0.3, -0.4],
      [2, 1],
      [-1, 0.2],
    ];
    await fc.assert(
      fc.asyncProperty(parameters, async ({ angle, shift, scale }) => {
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        const forward = ([x, y]: number[]) => [
          scale * (c * x - s * y) + shift,
          scale * (s * x + c * y) - shift,
        ];
        const curve: PointConstraint = ([u, v]) => {
          const [p, q] = [(u - shift) / scale, (v + shift) / scale];
          const [x, y] = [c * p + s * q, -s * p + c * q];
          const [fx, fy] = [x / 2, 2 * y];
          return {
            value: Float64Array.of((x * x) / 4 + y * y - 1),
            jacobian: Float64Array.of((c * fx - s * fy) / scale, (s * fx + c * fy) / scale),
          };
        };
        const moved = await distanceToManifold(curve, points(given.map(forward)));
        const plain: PointConstraint = ([x, y]) => ({
          value: Float64Array.of((x * x) / 4 + y * y - 1),
          jacobian: Float64Array.of(x / 2, 2 * y),
        });
        const original = await distanceToManifold(plain, points(given));
        moved.distances.forEach((d, i) => expect(d / scale).toBeCloseTo(original.distances[i], 8));
      }),
      { numRuns: 30 },
    );
  });

  it('tells which points failed, and keeps them out of the summary', async () => {
    // The left half plane has no zero of F and no slope.
    const half: PointConstraint = ([x, y]) =>
      x > 0 ? sphere(Float64Array.of(x, y)) : { value: Float64Array.of(1), jacobian: Float64Array.of(0, 0) };
    const given = points([
      [2, 0],
      [-20, 0],
      [NaN, 0],
    ]);
    const result = await distanceToManifold(half, given);
    expect(result.status).toEqual(['converged', 'off-manifold', 'not-finite']);
    expect(result.failed).toBe(2);
    expect(result.distances[0]).toBeCloseTo(1, 12);
    expect(Array.from(result.distances.slice(1))).toEqual([NaN, NaN]);
    expect(result.summary).toMatchObject({ count: 1, max: result.distances[0] });
  });

  it('accepts asynchronous batches and asks for many points at once', async () => {
    let calls = 0;
    let evaluated = 0;
    const batched: BatchedConstraint = {
      dimension: 2,
      codimension: 1,
      evaluate: async ({ data, rows }) => {
        calls++;
        evaluated += rows;
        const value = Float64Array.from(
          { length: rows },
          (_, i) => data[2 * i] ** 2 + data[2 * i + 1] ** 2 - 1,
        );
        return { value, jacobian: data.map((x) => 2 * x) };
      },
    };
    const given = cloud(6, 100, 2, 1);
    const { distances } = await distanceToManifold(batched, given);
    const single = await distanceToManifold(sphere, given);
    distances.forEach((d, i) => expect(d).toBeCloseTo(single.distances[i], 12));
    expect(evaluated / calls).toBeGreaterThan(10);
  });

  it('penalty: approaches the exact distance up to 1 / weight', async () => {
    const given = cloud(7, 50, 3, 1);
    const exact = rowsOf(given).map((x) => Math.abs(Math.hypot(...x) - 1));
    const fine = await distanceToManifold(sphere, given, { method: 'penalty' });
    const coarse = await distanceToManifold(sphere, given, { method: 'penalty', weight: 100 });
    const errors = (distances: Float64Array) => Math.max(...exact.map((d, i) => Math.abs(d - distances[i])));
    expect(errors(fine.distances)).toBeLessThan(1e-6);
    expect(errors(coarse.distances)).toBeGreaterThan(1e-4);
    expect(errors(coarse.distances)).toBeLessThan(0.1);
    expect(Math.max(...fine.violations)).toBeLessThan(1e-6);
  });

  it('refuses what cannot be', async () => {
    const given = points([[1, 2]]);
    await expect(distanceToManifold(sphere, { ...given, rows: 3 })).rejects.toThrow(ShapeError);
    await expect(
      distanceToManifold(sphere, { data: new Float64Array(0), rows: 0, columns: 2 }),
    ).rejects.toThrow(DataError);
    const wide: BatchedConstraint = {
      dimension: 3,
      codimension: 1,
      evaluate: () => sphere(new Float64Array(3)),
    };
    await expect(distanceToManifold(wide, given)).rejects.toThrow(ShapeError);
    const short: PointConstraint = () => ({ value: Float64Array.of(1), jacobian: Float64Array.of(1) });
    await expect(distanceToManifold(short, given)).rejects.toThrow(ShapeError);
    await expect(distanceToManifold(sphere, given, { maxIterations: 0 })).rejects.toThrow(ConfigError);
    await expect(distanceToManifold(sphere, given, { method: 'newton' as 'penalty' })).rejects.toThrow(
      ConfigError,
    );
    await expect(distanceToManifold(sphere, given, { weight: -1 })).rejects.toThrow(ConfigError);
    await expect(distanceToManifold(sphere, given, { starts: points([[1, 2, 3]]) })).rejects.toThrow(
      ShapeError,
    );
    const empty: PointConstraint = ([x, y]) => ({
      value: Float64Array.of(1 + x * x + y * y),
      jacobian: Float64Array.of(2 * x, 2 * y),
    });
    await expect(distanceToManifold(empty, given)).rejects.toThrow(ConvergenceError);
  });
});
