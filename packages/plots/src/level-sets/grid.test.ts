import { ConfigError, DataError } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointwise } from './pointwise.js';

import { evaluateOnGrid, gridAxis, gridPoints, gridSize, makeGrid } from './grid.js';

describe('grid', () => {
  it('puts the first point on the lower and the last on the upper bound, evenly between', () => {
    const axis = gridAxis(makeGrid([[-1.3, 1.7]], 4), 0);
    expect(axis[0]).toBe(-1.3);
    expect(axis[3]).toBe(1.7);
    expect(axis[1]).toBeCloseTo(-0.3, 14);
    expect(axis[2]).toBeCloseTo(0.7, 14);
  });

  it('lists points with the last axis fastest', () => {
    const grid = makeGrid(
      [
        [0, 1],
        [10, 12],
      ],
      [2, 3],
    );
    expect([...gridPoints(grid).data]).toEqual([0, 10, 0, 11, 0, 12, 1, 10, 1, 11, 1, 12]);
    expect([...gridPoints(grid, 2, 4).data]).toEqual([0, 12, 1, 10]);
    expect(gridSize(grid)).toBe(6);
  });

  it('gives the same values for any chunk size, also through promises', async () => {
    const grid = makeGrid(
      [
        [-1, 2],
        [0, 1],
        [3, 5],
      ],
      [3, 4, 5],
    );
    const f = pointwise((x, y, z) => x + 10 * y + 100 * z);
    const whole = await evaluateOnGrid(f, grid);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 70 }), async (chunkSize) => {
        const sizes: number[] = [];
        const chunked = await evaluateOnGrid(
          (points) => {
            sizes.push(points.rows);
            return Promise.resolve(f(points));
          },
          grid,
          { chunkSize },
        );
        expect([...chunked]).toEqual([...whole]);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(chunkSize);
      }),
    );
    expect(whole[59]).toBe(2 + 10 + 500);
    expect(whole[1]).toBe(-1 + 0 + 350);
  });

  it('refuses what is no grid', () => {
    expect(() => makeGrid([[1, 1]], 5)).toThrow(ConfigError);
    expect(() => makeGrid([[2, 1]], 5)).toThrow(ConfigError);
    expect(() => makeGrid([[0, Infinity]], 5)).toThrow(ConfigError);
    expect(() => makeGrid([[0, 1]], 1)).toThrow(ConfigError);
    expect(() => makeGrid([[0, 1]], 2.5)).toThrow(ConfigError);
    expect(() => makeGrid([[0, 1]], [3, 3])).toThrow(ConfigError);
    expect(() => makeGrid([], 3)).toThrow(ConfigError);
  });

  it('refuses a function that loses rows, and stops when told', async () => {
    const grid = makeGrid([[0, 1]], 10);
    await expect(evaluateOnGrid(() => [1, 2], grid)).rejects.toThrow(DataError);
    await expect(
      evaluateOnGrid(
        pointwise((x) => x),
        grid,
        { chunkSize: 0 },
      ),
    ).rejects.toThrow(ConfigError);
    const controller = new AbortController();
    let calls = 0;
    const slow = evaluateOnGrid(
      ({ rows }) => {
        calls++;
        controller.abort();
        return new Float64Array(rows);
      },
      grid,
      { chunkSize: 2, signal: controller.signal },
    );
    await expect(slow).rejects.toThrow();
    expect(calls).toBe(1);
  });
});
