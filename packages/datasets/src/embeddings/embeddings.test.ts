import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, row } from '../points/points.js';
import { degreesFromSphere, sphereFromDegrees } from './sphere.js';
import { anglesFromFlatTorus, anglesFromTorus, flatTorusFromAngles, torusFromAngles } from './torus.js';

const angle = fc.double({ min: -3.14, max: 3.14, noNaN: true });

describe('sphere', () => {
  it('has the poles, the prime meridian and the east where they belong', () => {
    const [pole, origin, east] = [
      [90, 12],
      [0, 0],
      [0, 90],
    ].map((degrees) =>
      [...sphereFromDegrees(fromRows([degrees])).data].map((v) => v.toFixed(9).replace('-0.0', '0.0')),
    );
    expect(pole).toEqual(['0.000000000', '0.000000000', '1.000000000']);
    expect(origin).toEqual(['1.000000000', '0.000000000', '0.000000000']);
    expect(east).toEqual(['0.000000000', '1.000000000', '0.000000000']);
  });

  it('comes back to the same degrees, also close to a pole, and from any radius', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -89.9999999, max: 89.9999999, noNaN: true }),
        fc.double({ min: -179.9, max: 180, noNaN: true }),
        (lat, lon) => {
          const points = sphereFromDegrees(fromRows([[lat, lon]]));
          points.data.forEach((value, i) => (points.data[i] = 3 * value));
          const back = degreesFromSphere(points).data;
          expect(Math.abs(back[0] - lat)).toBeLessThan(1e-12);
          // A step in longitude is short near a pole.
          expect(Math.abs(back[1] - lon) * Math.cos((lat * Math.PI) / 180)).toBeLessThan(1e-12);
        },
      ),
    );
  });

  it('refuses points of another dimension', () => {
    expect(() => sphereFromDegrees(fromRows([[1, 2, 3]]))).toThrow(/2 columns/);
    expect(() => degreesFromSphere(fromRows([[1, 2]]))).toThrow(/3 columns/);
  });
});

describe('torus', () => {
  it('puts phi around the axis and psi around the tube', () => {
    const points = torusFromAngles(
      fromRows([
        [0, 0],
        [Math.PI / 2, 0],
        [0, Math.PI / 2],
        [0, Math.PI],
      ]),
    );
    const expected = [
      [4, 0, 0],
      [0, 4, 0],
      [3, 0, 1],
      [2, 0, 0],
    ];
    expected.forEach((values, i) =>
      values.forEach((value, d) => expect(row(points, i)[d]).toBeCloseTo(value, 12)),
    );
  });

  it('comes back to the same angles for any radii', () => {
    fc.assert(
      fc.property(
        angle,
        angle,
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        (phi, psi, minorRadius, gap) => {
          const options = { minorRadius, majorRadius: minorRadius + gap };
          const back = anglesFromTorus(torusFromAngles(fromRows([[phi, psi]]), options), options).data;
          expect(Math.abs(back[0] - phi)).toBeLessThan(1e-11);
          expect(Math.abs(back[1] - psi)).toBeLessThan(1e-11);
        },
      ),
    );
  });

  it('is flat in twice as many dimensions', () => {
    fc.assert(
      fc.property(fc.array(angle, { minLength: 1, maxLength: 7 }), (angles) => {
        const points = flatTorusFromAngles(fromRows([angles]));
        expect(points.columns).toBe(2 * angles.length);
        expect(Math.hypot(...points.data)).toBeCloseTo(Math.sqrt(angles.length), 12);
        anglesFromFlatTorus(points).data.forEach((back, i) => expect(back).toBeCloseTo(angles[i], 12));
      }),
    );
    expect(() => anglesFromFlatTorus(fromRows([[1, 2, 3]]))).toThrow(/2 columns/);
  });
});
