import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile, portableLog } from './normal-quantile.js';

describe('portableLog', () => {
  it('agrees with Math.log to a few units in the last place', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        const exact = Math.log(x);
        expect(Math.abs(portableLog(x) - exact)).toBeLessThanOrEqual(4e-16 * Math.max(1, Math.abs(exact)));
      }),
      { numRuns: 2000 },
    );
  });

  it('is exact at one and keeps its digits beside it', () => {
    expect(portableLog(1)).toBe(0);
    for (const h of [1e-3, 1e-9, 2 ** -52]) expect(portableLog(1 + h) / Math.log(1 + h)).toBeCloseTo(1, 14);
  });
});

describe('normalQuantile', () => {
  // mpmath 40 digits: sqrt(2) erfinv(2 p - 1), or the root of log ncdf(z) = log p in the far tail.
  it.each([
    [0.5, 0],
    [0.6, 0.253347103135799741],
    [0.925, 1.43953147093845623],
    [0.93, 1.4757910281791711],
    [0.075, -1.43953147093845593],
    [0.01, -2.32634787404084109],
    [1e-3, -3.09023230616781354],
    [1e-7, -5.19933758219281694],
    [2 ** -33, -6.33795775455378925],
    [1 - 2 ** -33, 6.33795775455378925],
    [1e-12, -7.03448382530113193],
    [2 ** -53, -8.20953615160138686],
    [1e-300, -37.0470962993611992],
  ])('of %d is %d to 15 digits', (p, z) => {
    expect(Math.abs(normalQuantile(p) - z)).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(z)) * 2);
  });

  it('is odd about 1/2 and rises', () => {
    const grid = Array.from({ length: 4001 }, (_, i) => normalQuantile((i + 0.5) / 4001));
    for (let i = 1; i < grid.length; i++) expect(grid[i]).toBeGreaterThan(grid[i - 1]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 - 1 }), (m) => {
        expect(normalQuantile(m / 2 ** 32)).toBe(-normalQuantile(1 - m / 2 ** 32) + 0);
      }),
    );
  });
});
