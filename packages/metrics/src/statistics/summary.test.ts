import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanOf, summaryStatistics } from './summary.js';

describe('summaryStatistics', () => {
  it('is right on a case by hand', () => {
    const s = summaryStatistics([4, 1, 3, 10]);
    expect(s).toMatchObject({ count: 4, min: 1, median: 3.5, mean: 4.5, max: 10 });
    expect(s.standardDeviation).toBeCloseTo(Math.sqrt(15), 14);
    expect(s.standardError).toBeCloseTo(Math.sqrt(15) / 2, 14);
    expect(summaryStatistics([3, 1, 2]).median).toBe(2);
  });

  it('sorts by size, not by digits, and leaves its input alone', () => {
    const values = [10, 9, -2, 100];
    expect(summaryStatistics(values)).toMatchObject({ min: -2, median: 9.5, max: 100 });
    expect(values).toEqual([10, 9, -2, 100]);
  });

  it('has no spread for one value', () => {
    expect(summaryStatistics([7])).toMatchObject({ min: 7, median: 7, mean: 7, max: 7, standardError: NaN });
  });

  it('keeps small spreads on large offsets', () => {
    expect(summaryStatistics([1e9 + 1, 1e9 + 2, 1e9 + 3]).standardDeviation).toBeCloseTo(1, 9);
    expect(meanOf([0.1, 0.1, 0.1])).toBe(0.1);
  });

  it('orders min <= median, mean <= max', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
        const s = summaryStatistics(values);
        expect(s.min).toBeLessThanOrEqual(s.median);
        expect(s.median).toBeLessThanOrEqual(s.max);
        expect(s.mean).toBeGreaterThanOrEqual(s.min - 1e-9);
        expect(s.mean).toBeLessThanOrEqual(s.max + 1e-9);
      }),
    );
  });

  it('refuses nothing and NaN', () => {
    expect(() => summaryStatistics([])).toThrow(/one value or more/);
    expect(() => summaryStatistics([1, NaN])).toThrow(/NaN/);
  });
});
