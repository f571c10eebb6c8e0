import { fromRows, pointsOf, takeRows } from '@ebim/datasets';
import { key, normalArray } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { isShown, wingsKept } from './measure.js';
import { nearestDistances } from './nearest-distances.js';

describe('wingsKept', () => {
  const points = fromRows([
    [1, 0, 0],
    [-1, 0, 0],
    [-2, 5, 5],
    [0.5, 0, 0],
  ]);

  it('asks only points on a wing', () => {
    expect(wingsKept(points, points)).toEqual({ points: 3, kept: 1 });
  });

  it('counts points that change sides, stop between, or are no numbers', () => {
    const projections = (x0: readonly number[]) => fromRows(x0.map((x) => [x, 0, 0]));
    expect(wingsKept(points, projections([-1, -1, -2, 9])).kept).toBeCloseTo(2 / 3);
    expect(wingsKept(points, projections([0, 1, NaN, 9])).kept).toBe(0);
  });
});

describe('isShown', () => {
  it('drops low densities and what is no number', () => {
    expect([-15, 3, -15.01, NaN, -Infinity, Infinity].map(isShown)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('nearestDistances', () => {
  it('is 0 for points of the data, the distance of a shift that is smaller than their spacing, and NaN for NaN', () => {
    const grid = pointsOf(
      Float64Array.from({ length: 3 * 125 }, (_, i) => Math.floor(Math.floor(i / 3) / 5 ** (i % 3)) % 5),
      3,
    );
    expect([...nearestDistances(takeRows(grid, [0, 60, 124]), grid)]).toEqual([0, 0, 0]);
    const moved = grid.data.map((x, i) => x + [0.1, -0.2, 0.2][i % 3]);
    for (const distance of nearestDistances(pointsOf(moved, 3), grid)) expect(distance).toBeCloseTo(0.3);
    expect(nearestDistances(fromRows([[NaN, 0, 0]]), grid)[0]).toBeNaN();
  });

  it('does not depend on the order of the data', () => {
    const data = pointsOf(normalArray(key(0), 300), 3);
    const back = takeRows(
      data,
      Array.from({ length: 100 }, (_, i) => 99 - i),
    );
    const points = pointsOf(normalArray(key(1), 60), 3);
    expect(nearestDistances(points, back)).toEqual(nearestDistances(points, data));
  });
});
