import { fromRows } from '@ebim/datasets';
import { key, normalArray } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitCircle } from './circle-fit.js';

/** Points of a circle about a centre, in the plane of two orthonormal vectors that a tilt gives. */
function circlePoints(center: readonly number[], radius: number, tilt: number, noise: number): number[][] {
  const across = [Math.sin(tilt), Math.cos(tilt), 0];
  const errors = normalArray(key(3), 900);
  return Array.from({ length: 300 }, (_, i) => {
    // Denser on one side, as projected points are.
    const a = 2 * Math.PI * (i / 300) ** 1.5;
    return [0, 1, 2].map(
      (d) =>
        center[d] +
        radius * (Math.cos(a) * across[d] + Math.sin(a) * [0, 0, 1][d]) +
        noise * errors[3 * i + d],
    );
  });
}

describe('fitCircle', () => {
  it('finds any circle that does not lie along the x axis', () => {
    const unit = fc.double({ min: -2, max: 2, noNaN: true });
    fc.assert(
      fc.property(
        fc.tuple(unit, unit, unit),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        fc.double({ min: -1.2, max: 1.2, noNaN: true }),
        (center, radius, tilt) => {
          const fit = fitCircle(fromRows(circlePoints(center, radius, tilt, 0)));
          expect(fit.radius).toBeCloseTo(radius, 8);
          fit.center.forEach((value, d) => expect(value).toBeCloseTo(center[d], 8));
          expect(fit.normal[0]).toBeCloseTo(Math.cos(tilt), 8);
          expect(fit.normal[1]).toBeCloseTo(-Math.sin(tilt), 8);
          expect(fit.radiusSpread).toBeLessThan(1e-8);
          expect(fit.offPlane).toBeLessThan(1e-8);
        },
      ),
    );
  });

  it('tells how far the points are from the circle', () => {
    const fit = fitCircle(fromRows(circlePoints([1, 0, 0], 1, 0, 0.05)));
    expect(fit.radius).toBeCloseTo(1, 1);
    expect(Math.abs(fit.radiusSpread - 0.05)).toBeLessThan(0.01);
    expect(Math.abs(fit.offPlane - 0.05)).toBeLessThan(0.01);
  });

  it('refuses points that have no circle', () => {
    const line = fromRows([
      [0, 0, 0],
      [0, 1, 0],
      [0, 2, 0],
      [0, 3, 0],
    ]);
    expect(() => fitCircle(line)).toThrow(expect.objectContaining({ code: 'not-a-circle' }) as Error);
    expect(() => fitCircle(fromRows([[1, 2, 3]]))).toThrow(
      expect.objectContaining({ code: 'too-few-points' }) as Error,
    );
  });
});
