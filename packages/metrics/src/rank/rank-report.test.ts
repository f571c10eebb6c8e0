import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankReport, singularValues } from './rank-report.js';

const matrix = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 })).chain(([k, more]) =>
  fc
    .array(fc.double({ min: -3, max: 3, noNaN: true }), {
      minLength: k * (k + more),
      maxLength: k * (k + more),
    })
    .map((values) => ({ k, n: k + more, values })),
);

describe('singularValues', () => {
  it('of known matrices, largest first', () => {
    expect([...singularValues([3, 4], 2)]).toEqual([5]);
    expect([...singularValues([0, 2, 0, 0, 0, -7], 3)]).toEqual([7, 2]);
    // [[1, 1], [0, 1]]: golden ratio and its inverse.
    const golden = (1 + Math.sqrt(5)) / 2;
    const [large, small] = singularValues([1, 1, 0, 1], 2);
    expect(large).toBeCloseTo(golden, 14);
    expect(small).toBeCloseTo(1 / golden, 14);
    expect([...singularValues([0, 0, 0, 0], 2)]).toEqual([0, 0]);
  });

  it('keeps the relative precision of a tiny one', () => {
    const [large, small] = singularValues([1, 1, 1, 1 + 1e-10], 2);
    expect(large).toBeCloseTo(2, 9);
    // det / large; 1 + 1e-10 has a rounding error of 1e-6 in its last ten digits.
    expect(Math.abs(small / (1e-10 / 2) - 1)).toBeLessThan(1e-5);
  });

  it('have the squares of the Frobenius norm and, of square matrices, the product of the determinant', () => {
    fc.assert(
      fc.property(matrix, ({ k, n, values }) => {
        const found = singularValues(values, n);
        expect(found).toHaveLength(k);
        const squares = found.reduce((sum, s) => sum + s * s, 0);
        expect(squares).toBeCloseTo(
          values.reduce((sum, x) => sum + x * x, 0),
          8,
        );
        if (k === 2 && n === 2)
          expect(found[0] * found[1]).toBeCloseTo(Math.abs(values[0] * values[3] - values[1] * values[2]), 8);
        for (let i = 1; i < k; i++) expect(found[i]).toBeLessThanOrEqual(found[i - 1]);
      }),
    );
  });
});

describe('rankReport', () => {
  const points = (data: number[]) => ({ data: Float64Array.from(data), rows: data.length / 2, columns: 2 });
  const line = ([x]: Float64Array) => ({ value: Float64Array.of(0), jacobian: Float64Array.of(0, x) });

  it('finds the smallest value, where it is, and the quantiles', async () => {
    const data = Array.from({ length: 201 }, (_, i) => [201 - i, 5]).flat();
    const { min, onePercent, median, max, at } = await rankReport(line, points(data));
    expect({ min, onePercent, median, max, at: [...at] }).toEqual({
      min: 1,
      onePercent: 3,
      median: 101,
      max: 201,
      at: [1, 5],
    });
  });

  it('refuses no points and a Jacobian that is not finite', async () => {
    await expect(rankReport(line, points([]))).rejects.toMatchObject({ code: 'no-points' });
    await expect(rankReport(line, points([NaN, 1]))).rejects.toMatchObject({ code: 'not-finite' });
  });
});
