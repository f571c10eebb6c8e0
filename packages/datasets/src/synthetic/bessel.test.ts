import { describe, expect, it } from 'vitest';
import { besselI0, besselI0Scaled } from './bessel.js';

describe('besselI0', () => {
  // scipy.special.i0e (SciPy 1.17.1)
  it.each([
    [0, 1],
    [1e-9, 0.9999999989999996],
    [0.5, 0.64503527044915],
    [2, 0.308508322553671],
    [10, 0.1278333371634286],
    [29.9, 0.07326921904600191],
    [30.1, 0.07302329413106094],
    [100, 0.03994437929909668],
    [1e4, 0.0039894726746047314],
    [1e8, 3.989422809001105e-5],
  ])('agrees with SciPy at %d', (x, value) => {
    expect(Math.abs(besselI0Scaled(x) / value - 1)).toBeLessThan(4e-15);
    expect(besselI0Scaled(-x)).toBe(besselI0Scaled(x));
  });

  it('gives the constant of the paper, I0(2)', () => expect(besselI0(2)).toBeCloseTo(2.2795853, 7));

  it('stays finite where I0 overflows', () => expect(besselI0Scaled(Infinity)).toBe(0));
});
