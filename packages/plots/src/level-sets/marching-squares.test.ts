import { ConfigError, DataError } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curveLength } from '../mesh/geometry.js';
import { pointwise } from './pointwise.js';

import { evaluateOnGrid, gridPoints, makeGrid } from './grid.js';
import { marchingSquares, type LevelCurve } from './marching-squares.js';

const unit = (count: number | readonly number[]) =>
  makeGrid(
    [
      [0, 1],
      [0, 1],
    ],
    count,
  );

function enclosedArea(curve: LevelCurve): number {
  let area = 0;
  const { vertices, edges } = curve;
  for (let e = 0; e < edges.length; e += 2) {
    const [a, b] = [2 * edges[e], 2 * edges[e + 1]];
    area += (vertices[a] * vertices[b + 1] - vertices[b] * vertices[a + 1]) / 2;
  }
  return area;
}

describe('marchingSquares', () => {
  it('finds a circle as one closed counter-clockwise loop', async () => {
    const grid = makeGrid(
      [
        [-2, 2],
        [-1.5, 1.7],
      ],
      [81, 67],
    );
    const curve = marchingSquares(
      await evaluateOnGrid(
        pointwise((x, y) => Math.hypot(x, y) - 1),
        grid,
      ),
      grid,
    );
    expect(curve.polylines).toHaveLength(1);
    expect(curve.polylines[0].closed).toBe(true);
    expect(curve.polylines[0].indices).toHaveLength(curve.vertices.length / 2);
    expect(Math.abs(curveLength(curve) - 2 * Math.PI)).toBeLessThan(0.005);
    expect(Math.abs(enclosedArea(curve) - Math.PI)).toBeLessThan(0.005);
  });

  it('finds two circles as two loops and none where there is no zero', async () => {
    const grid = makeGrid(
      [
        [-3.3, 3.3],
        [-1.5, 1.5],
      ],
      [120, 60],
    );
    const circle = (centre: number) => (x: number, y: number) => Math.hypot(x - centre, y) - 1;
    const values = await evaluateOnGrid(
      pointwise((x, y) => circle(-1.5)(x, y) * circle(1.5)(x, y)),
      grid,
    );
    expect(marchingSquares(values, grid).polylines.map((line) => line.closed)).toEqual([true, true]);
    const nothing = marchingSquares(values, grid, { level: -50 });
    expect(nothing.polylines).toEqual([]);
    expect(nothing.vertices).toHaveLength(0);
  });

  it('is exact for a linear function, also through grid points', async () => {
    const grid = unit([5, 6]);
    for (const offset of [0.5, 0.37, 0.25]) {
      const curve = marchingSquares(
        await evaluateOnGrid(
          pointwise((x) => x - offset),
          grid,
        ),
        grid,
      );
      expect(curve.vertices.filter((_, n) => n % 2 === 0).every((x) => Math.abs(x - offset) < 1e-15)).toBe(
        true,
      );
      expect(curve.polylines).toHaveLength(1);
      expect(curve.polylines[0].closed).toBe(false);
      expect(curveLength(curve)).toBeCloseTo(1, 14);
    }
  });

  it('keeps the larger values to the right of every edge', async () => {
    const grid = unit(4);
    const curve = marchingSquares(
      await evaluateOnGrid(
        pointwise((x, y) => x + 0.3 * y - 0.6),
        grid,
      ),
      grid,
    );
    for (let e = 0; e < curve.edges.length; e += 2) {
      const [a, b] = [2 * curve.edges[e], 2 * curve.edges[e + 1]];
      const dx = curve.vertices[b] - curve.vertices[a];
      const dy = curve.vertices[b + 1] - curve.vertices[a + 1];
      expect(dy * 1 - dx * 0.3).toBeGreaterThan(0);
    }
  });

  it('joins the corners of a saddle that its bilinear interpolant joins', () => {
    const grid = unit(2);
    // Order: (0,0), (0,1), (1,0), (1,1). The corners (0,0) and (1,1) are below the level.
    const joined = marchingSquares([-3, 1, 1, -3], grid);
    const apart = marchingSquares([-1, 3, 3, -1], grid);
    const cutsOff = (curve: LevelCurve, corner: readonly number[]): boolean =>
      curve.polylines.some((line) =>
        [...line.indices].every(
          (v) => Math.hypot(curve.vertices[2 * v] - corner[0], curve.vertices[2 * v + 1] - corner[1]) < 0.8,
        ),
      );
    expect(cutsOff(joined, [0, 1])).toBe(true);
    expect(cutsOff(apart, [0, 0])).toBe(true);
    expect(joined.polylines).toHaveLength(2);
    const mirrored = marchingSquares([1, -3, -3, 1], grid);
    expect(cutsOff(mirrored, [0, 0])).toBe(true);
    expect(cutsOff(marchingSquares([3, -1, -1, 3], grid), [0, 1])).toBe(true);
  });

  it('gives curves that end only on the border, for any values', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 7 }),
        fc.integer({ min: 2, max: 7 }),
        fc.infiniteStream(fc.constantFrom(-2, -1, -0.3, 0, 0.4, 1, 3)),
        (nx, ny, stream) => {
          const grid = unit([nx, ny]);
          const values = Float64Array.from({ length: nx * ny }, () => stream.next().value as number);
          const curve = marchingSquares(values, grid);
          const starts = new Uint8Array(curve.vertices.length / 2);
          const ends = new Uint8Array(curve.vertices.length / 2);
          curve.edges.forEach((vertex, n) => (n % 2 === 0 ? starts : ends)[vertex]++);
          const points = gridPoints(grid).data;
          for (let v = 0; v < starts.length; v++) {
            expect(starts[v]).toBeLessThanOrEqual(1);
            expect(ends[v]).toBeLessThanOrEqual(1);
            const [below, above] = [curve.gridEdges[2 * v], curve.gridEdges[2 * v + 1]];
            expect(values[below]).toBeLessThan(0);
            expect(values[above]).toBeGreaterThanOrEqual(0);
            const t = values[below] / (values[below] - values[above]);
            for (const axis of [0, 1]) {
              const [from, to] = [points[2 * below + axis], points[2 * above + axis]];
              expect(curve.vertices[2 * v + axis]).toBeCloseTo(from + t * (to - from), 13);
            }
            if (starts[v] !== ends[v]) {
              // A change of sign along the border itself.
              const border = [0, 1].some((axis) =>
                [0, 1].some((side) => [below, above].every((p) => points[2 * p + axis] === side)),
              );
              expect(border).toBe(true);
            }
          }
          const chained = curve.polylines.reduce((sum, line) => sum + line.indices.length, 0);
          expect(chained).toBe(starts.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('refuses values that do not fit or are not finite', () => {
    expect(() => marchingSquares([1, 2, 3], unit(2))).toThrow(DataError);
    expect(() => marchingSquares([1, 2, 3, NaN], unit(2))).toThrow(DataError);
    expect(() => marchingSquares([1, 2], makeGrid([[0, 1]], 2))).toThrow(ConfigError);
  });
});
