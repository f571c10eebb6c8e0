import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalArray, permutationArray, uniformArray } from './arrays.js';
import { INTEGER } from './counters.js';
import { integerValues, normalValues, permutationValues, uniformValues, type Words } from './generate.js';
import { key } from './key.js';
import { chiSquareScore, correlationScore, histogram, kolmogorovSmirnov, meanOf } from './test-statistics.js';
import { threefryWords } from './threefry.js';

const N = 200_000;
const words: Words = [11, 22];

/** Normal distribution function through the complementary error function (Numerical Recipes erfccheb, 1.2e-7). */
function normalCdf(z: number): number {
  const t = 2 / (2 + Math.abs(z) / Math.SQRT2);
  const c = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277,
  ];
  const polynomial = c.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const upper = (t * Math.exp((-z * z) / 2 + polynomial)) / 2;
  return z >= 0 ? 1 - upper : upper;
}

describe('uniformValues', () => {
  it('pins the stream', () => {
    expect([...uniformValues(key(0).words, 4, 0, 1)]).toMatchInlineSnapshot(`
      [
        0.3146817088127136,
        0.7533912062644958,
        0.5760166049003601,
        0.21786463260650635,
      ]
    `);
  });

  it('is the top 24 bits of the words of its purpose', () => {
    const raw = new Uint32Array(5);
    threefryWords(words[0], words[1], 1, 0, raw);
    expect([...uniformValues(words, 5, 0, 1)]).toEqual([...raw].map((w) => (w >>> 8) / 2 ** 24));
  });

  it('is uniform', () => {
    const u = uniformValues(words, N, 0, 1);
    expect(kolmogorovSmirnov(u, (x) => x)).toBeLessThan(1.95);
    expect(
      Math.abs(
        chiSquareScore(
          histogram(
            u.map((x) => Math.floor(x * 1000)),
            1000,
          ),
        ),
      ),
    ).toBeLessThan(4);
    expect(Math.abs(meanOf(u) - 0.5) * Math.sqrt(12 * N)).toBeLessThan(4);
    expect(Math.abs(correlationScore(u.subarray(1), u.subarray(0, -1)))).toBeLessThan(4);
  });

  it('stays in its range, also where rounding would reach the end', () => {
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) }),
        fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (a, b, k) => {
          fc.pre(a !== b);
          const [min, max] = [Math.min(a, b), Math.max(a, b)];
          for (const value of uniformValues([k, 1], 16, min, max)) {
            expect(value).toBeGreaterThanOrEqual(min);
            expect(value).toBeLessThan(max);
          }
        },
      ),
    );
    // In [1, 2) float32 has 23 bits, in [2^24, 2^24 + 2) it has a single value.
    expect(Math.max(...uniformValues(words, 4 * N, 1, 2).subarray(0, 100_000))).toBeLessThan(2);
    expect(new Set(uniformValues(words, 1000, 2 ** 24, 2 ** 24 + 2))).toEqual(new Set([2 ** 24]));
    for (const max of [0, -1, 1e-45])
      expect(
        Math.max(...uniformValues(words, 1000, max - Math.max(1e-44, 2 ** -22 * Math.abs(max)), max)),
      ).toBeLessThan(max);
  });
});

describe('normalValues', () => {
  it('pins the stream', () => {
    expect([...normalValues(key(0).words, 4)]).toMatchInlineSnapshot(`
      [
        -0.27109163999557495,
        2.1624724864959717,
        -0.3862496614456177,
        -0.890871524810791,
      ]
    `);
  });

  it('is normal', () => {
    const z = normalValues(words, N);
    expect(kolmogorovSmirnov(z, normalCdf)).toBeLessThan(1.95);
    // Standard errors of the first four moments: sqrt of 1, 2, 15, 96 over N.
    expect(Math.abs(meanOf(z)) * Math.sqrt(N)).toBeLessThan(4);
    expect(Math.abs(meanOf(z, (x) => x ** 2) - 1) * Math.sqrt(N / 2)).toBeLessThan(4);
    expect(Math.abs(meanOf(z, (x) => x ** 3)) * Math.sqrt(N / 15)).toBeLessThan(4);
    expect(Math.abs(meanOf(z, (x) => x ** 4) - 3) * Math.sqrt(N / 96)).toBeLessThan(4);
    expect(Math.abs(correlationScore(z.subarray(1), z.subarray(0, -1)))).toBeLessThan(4);
    // P(|z| > 4) = 6.33e-5, i.e. 12.7 +- 3.6 of them.
    const far = z.filter((x) => Math.abs(x) > 4).length;
    expect(far).toBeGreaterThan(2);
    expect(far).toBeLessThan(27);
  });
});

describe('integerValues', () => {
  it('pins the stream', () => {
    expect([...integerValues(key(0).words, 6, -3, 10)]).toMatchInlineSnapshot(`
      [
        6,
        -3,
        2,
        1,
        7,
        -3,
      ]
    `);
  });

  it.each([2, 3, 7, 1000])('makes all of %d values equally likely', (range) => {
    const counts = histogram(integerValues(words, N, 0, range), range);
    expect(Math.abs(chiSquareScore(counts))).toBeLessThan(4);
  });

  it('is the exact floor(word * range / 2^32) unless the word is rejected', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.integer({ min: 1, max: 2 ** 32 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (min, range, k) => {
          fc.pre(min + range <= 2 ** 31);
          const raw = new Uint32Array(8);
          threefryWords(k, 5, INTEGER, 0, raw);
          const values = integerValues([k, 5], 8, min, min + range);
          raw.forEach((word, i) => {
            const product = BigInt(word) * BigInt(range);
            const rejected = product % 2n ** 32n < 2n ** 32n % BigInt(range);
            if (!rejected) expect(values[i]).toBe(min + Number(product >> 32n));
            expect(values[i]).toBeGreaterThanOrEqual(min);
            expect(values[i]).toBeLessThan(min + range);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has no bias for a range that leaves a third of the words over', () => {
    // Without rejection the values 2 mod 3 would come half as often as the others.
    const range = 3 * 2 ** 30;
    const counts = histogram(
      integerValues(words, N, -(2 ** 31), -(2 ** 31) + range).map((x) => (x + 2 ** 31) % 3),
      3,
    );
    expect(Math.abs(chiSquareScore(counts))).toBeLessThan(4);
  });

  it('covers the whole of int32', () => {
    const values = integerValues(words, 1000, -(2 ** 31), 2 ** 31);
    expect(Math.min(...values)).toBeLessThan(-(2 ** 31) * 0.98);
    expect(Math.max(...values)).toBeGreaterThan(2 ** 31 * 0.98);
  });
});

describe('permutationValues', () => {
  it('pins the stream', () => {
    expect([...permutationValues(key(0).words, 8)]).toMatchInlineSnapshot(`
      [
        7,
        4,
        2,
        1,
        3,
        5,
        6,
        0,
      ]
    `);
  });

  it('holds every number once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.nat(), (n, k) => {
        expect([...permutationValues([k, 3], n)].sort((a, b) => a - b)).toEqual(
          Array.from({ length: n }, (_, i) => i),
        );
      }),
    );
  });

  it('makes all 24 orders of four equally likely', () => {
    const codes = Array.from({ length: 24_000 }, (_, k) => permutationValues([k, 4], 4).join(''));
    const orders = [...new Set(codes)];
    expect(orders).toHaveLength(24);
    expect(
      Math.abs(
        chiSquareScore(
          histogram(
            codes.map((code) => orders.indexOf(code)),
            24,
          ),
        ),
      ),
    ).toBeLessThan(4);
  });
});

describe('float64 draws on the host', () => {
  it('pins the streams', () => {
    expect([...uniformArray(key(0), 3)]).toMatchInlineSnapshot(`
      [
        0.3369427029477613,
        0.3464773591729001,
        0.010797271700353162,
      ]
    `);
    expect([...normalArray(key(0), 3)]).toMatchInlineSnapshot(`
      [
        0.3730610686122868,
        -1.8936148241446744,
        1.3466811620920272,
      ]
    `);
  });

  it('are uniform and normal', () => {
    const [u, z] = [uniformArray(key(5), N), normalArray(key(5), N)];
    expect(kolmogorovSmirnov(u, (x) => x)).toBeLessThan(1.95);
    expect(kolmogorovSmirnov(z, normalCdf)).toBeLessThan(1.95);
    expect(Math.abs(meanOf(z, (x) => x ** 2) - 1) * Math.sqrt(N / 2)).toBeLessThan(4);
    expect(Math.max(...u.subarray(0, 1000))).toBeLessThan(1);
  });

  it('use more bits than float32 holds, down to the last', () => {
    const u = uniformArray(key(5), 1000);
    expect(u.every((x) => x !== Math.fround(x))).toBe(true);
    const lowest = u.map((x) => (x * 2 ** 53) % 2);
    expect(meanOf(lowest)).toBeGreaterThan(0.4);
    expect(meanOf(lowest)).toBeLessThan(0.6);
  });

  it('start with the same values whatever the count', () => {
    expect(normalArray(key(5), 10)).toEqual(normalArray(key(5), 100).subarray(0, 10));
    expect(uniformArray(key(5), 0)).toEqual(new Float64Array(0));
  });

  it.each([-1, 1.5, NaN])('refuse %d values', (count) => {
    for (const draw of [uniformArray, normalArray, permutationArray])
      expect(() => draw(key(0), count)).toThrow(expect.objectContaining({ code: 'bad-count' }));
  });
});
