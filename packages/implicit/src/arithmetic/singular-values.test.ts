import { key, normalArray } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { singularValues } from './singular-values.js';

describe('singularValues', () => {
  it('of known matrices', () => {
    expect([...singularValues([3, 0, 0, 0, -4, 0], 2, 3)]).toEqual([4, 3]);
    expect([...singularValues([3, 4], 2, 1)]).toEqual([5]);
    expect([...singularValues([1, 2, 2, 4], 2, 2)].map((s) => Math.round(1e6 * s) / 1e6)).toEqual([5, 0]);
    // The golden ratio and its inverse.
    const [large, small] = singularValues([1, 1, 0, 1], 2, 2);
    expect(large).toBeCloseTo((1 + Math.sqrt(5)) / 2, 12);
    expect(small).toBeCloseTo(2 / (1 + Math.sqrt(5)), 12);
  });

  it('are those of the transposed matrix, with the Frobenius norm as their length and the determinant as product', () => {
    for (let seed = 0; seed < 20; seed++) {
      const a = normalArray(key(seed), 12);
      const values = singularValues(a, 3, 4);
      const transposed = Float64Array.from({ length: 12 }, (_, i) => a[(i % 3) * 4 + Math.floor(i / 3)]);
      singularValues(transposed, 4, 3).forEach((s, i) => expect(s).toBeCloseTo(values[i], 10));
      expect(Math.hypot(...values)).toBeCloseTo(Math.hypot(...a), 10);
      const square = a.subarray(0, 9);
      const [p, q, r, s, t, u, v, w, x] = square;
      const determinant = p * (t * x - u * w) - q * (s * x - u * v) + r * (s * w - t * v);
      expect(singularValues(square, 3, 3).reduce((x1, x2) => x1 * x2)).toBeCloseTo(Math.abs(determinant), 9);
    }
  });

  it('are NaN where an entry is', () => {
    expect(singularValues([Number.NaN, 0, 0, 1], 2, 2).some(Number.isNaN)).toBe(true);
  });
});
