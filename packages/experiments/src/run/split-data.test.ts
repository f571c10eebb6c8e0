import type { Points } from '@ebim/datasets';
import { key } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExperimentData } from '../definitions/experiment.js';
import { applyOverrides } from '../config/overrides.js';
import { vonMises } from '../definitions/von-mises.js';
import { splitData } from './split-data.js';

/** Points whose first coordinate is their number. */
const numbered = (rows: number): ExperimentData => ({
  points: {
    data: Float64Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? i / 2 : -1)),
    rows,
    columns: 2,
  },
  groundTruth: null,
});

const numbers = (points: Points | null | undefined): number[] =>
  points == null ? [] : Array.from({ length: points.rows }, (_, i) => points.data[points.columns * i]);

describe('splitData', () => {
  it('deals out every point once, in the order of the data', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 300 }),
        fc.integer({ min: 0, max: 1000 }),
        fc.constantFrom([0.8, 0.1, 0.1], [0.6, 0.4, 0], [0.7, 0, 0.3], [1, 0, 0]),
        (rows, seed, shares) => {
          const data = numbered(rows);
          const split = splitData(data, shares as [number, number, number], key(seed));
          const parts = [split.points, split.heldOut?.validation, split.heldOut?.test].map(numbers);
          for (const part of parts) expect(part).toEqual([...part].sort((a, b) => a - b));
          expect(parts.flat().sort((a, b) => a - b)).toEqual(numbers(data.points));
          expect(parts[1]).toHaveLength(Math.round(shares[1] * rows));
          expect(parts[2]).toHaveLength(Math.round(shares[2] * rows));
          if (shares[2] === 0) expect(split.heldOut?.test).toBeNull();
        },
      ),
    );
  });

  it('depends on the key, and is none for null', () => {
    const data = numbered(200);
    const shares: [number, number, number] = [0.8, 0.1, 0.1];
    const first = splitData(data, shares, key(1));
    expect(splitData(data, shares, key(1))).toEqual(first);
    expect(numbers(splitData(data, shares, key(2)).heldOut?.test)).not.toEqual(numbers(first.heldOut?.test));
    // Not a stretch of a file that may be sorted.
    const test = numbers(first.heldOut?.test);
    expect(Math.max(...test) - Math.min(...test)).toBeGreaterThan(100);
    expect(splitData(data, null, key(1))).toBe(data);
  });

  it('refuses parts without points', () => {
    expect(() => splitData(numbered(4), [0.8, 0.1, 0.1], key(0))).toThrow(/enough points/);
  });

  it('is set as shares with the sum 1', () => {
    const config = vonMises.config('corrected', false);
    expect(config.data.split).toBeNull();
    expect(applyOverrides(config, ['data.split=[0.8,0.1,0.1]']).data.split).toEqual([0.8, 0.1, 0.1]);
    for (const bad of ['[0.8,0.1,0.2]', '[0,0.5,0.5]', '[0.8,0.2]', '0.8'])
      expect(() => applyOverrides(config, [`data.split=${bad}`]), bad).toThrow();
  });
});
