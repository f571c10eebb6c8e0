import { key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { fromRows, row } from '../points/points.js';
import { binIntegrals, expectCounts, histogram } from './chi-square-fixture.js';
import { uniformCircle, vonMisesCircle, vonMisesMixture } from './von-mises-circle.js';

const at = (
  distribution: { logDensity(points: ReturnType<typeof fromRows>): Float64Array },
  x: number,
  y: number,
) => Math.exp(distribution.logDensity(fromRows([[x, y]]))[0]);

describe('vonMisesCircle', () => {
  it('has the density of the paper with respect to arc length', () => {
    const circle = vonMisesCircle();
    const constant = 2 * Math.PI * 2.2795853023360673;
    expect(at(circle, 1, 0)).toBeCloseTo(Math.exp(2) / constant, 12);
    expect(at(circle, 0, 1)).toBeCloseTo(1 / constant, 12);
    expect(at(circle, -1, 0)).toBeCloseTo(Math.exp(-2) / constant, 12);
  });

  it('draws from its density: mode, centre and radius where they were put', () => {
    const options = { concentration: 3, mean: 2, radius: 0.5, center: [4, -1] } as const;
    const circle = vonMisesCircle(options);
    const points = circle.sample(key(2), 20_000);
    const angles = Array.from({ length: points.rows }, (_, i) => {
      const [x, y] = row(points, i);
      expect(Math.abs(Math.hypot(x - 4, y + 1) - 0.5)).toBeLessThan(1e-14);
      return Math.atan2(y + 1, x - 4);
    });
    // Density by arc length times radius is the density by angle.
    const byAngle = (theta: number) =>
      0.5 * at(circle, 4 + 0.5 * Math.cos(theta), -1 + 0.5 * Math.sin(theta));
    expectCounts(histogram(angles, -Math.PI, Math.PI, 20), binIntegrals(byAngle, -Math.PI, Math.PI, 20));
    expect(circle.volume).toBeCloseTo(Math.PI, 12);
  });

  it('is -Infinity off the circle, unless asked for the closest point', () => {
    expect(at(vonMisesCircle(), 1.001, 0)).toBe(0);
    expect(at(vonMisesCircle(), 1 + 5e-6, 0)).toBeGreaterThan(0.5);
    expect(at(vonMisesCircle({ tolerance: Infinity }), 3, 0)).toBe(at(vonMisesCircle(), 1, 0));
    expect(at(vonMisesCircle(), NaN, 0)).toBe(0);
  });

  it('becomes uniform without concentration', () => {
    expect(at(uniformCircle({ radius: 2 }), 0, -2)).toBeCloseTo(1 / (4 * Math.PI), 14);
  });

  it('rejects wrong options by name', () => {
    expect(() => vonMisesCircle({ radius: 0 })).toThrow(/radius.*positive.*0/);
    expect(() => vonMisesCircle({ concentration: -2 })).toThrow(/concentration/);
    expect(() => vonMisesCircle({ mean: Infinity })).toThrow(/mean/);
    expect(() => vonMisesCircle({ center: [0, NaN] })).toThrow(/center/);
    expect(() => vonMisesCircle({ tolerance: -1 })).toThrow(/tolerance/);
    expect(() => vonMisesCircle().sample(key(0), -1)).toThrow(/count/);
    expect(() => vonMisesCircle().logDensity(fromRows([[1, 0, 0]]))).toThrow(/2 columns.*3 columns/);
  });
});

describe('vonMisesMixture', () => {
  it.each([
    ['reference', 1.8],
    ['paper', 2],
  ] as const)('has circles at the %s centres, modes facing each other', (centers, c) => {
    const mixture = vonMisesMixture({ centers });
    const half = at(vonMisesCircle(), 1, 0) / 2;
    expect(at(mixture, -c + 1, 0)).toBeCloseTo(half, 12);
    expect(at(mixture, c - 1, 0)).toBeCloseTo(half, 12);
    expect(at(mixture, -c - 1, 0)).toBeCloseTo(at(vonMisesCircle(), -1, 0) / 2, 12);
    expect(mixture.volume).toBeCloseTo(4 * Math.PI, 12);
  });

  it('turns the modes to each other for any centres', () => {
    const mixture = vonMisesMixture({
      centers: [
        [0, 5],
        [0, -5],
      ],
      concentration: 9,
    });
    expect(at(mixture, 0, 4)).toBeGreaterThan(100 * at(mixture, 0, 6));
    expect(at(mixture, 0, -4)).toBeCloseTo(at(mixture, 0, 4), 12);
  });

  it('draws in proportion to the weights', () => {
    const points = vonMisesMixture({ weights: [3, 1] }).sample(key(9), 10_000);
    let left = 0;
    for (let i = 0; i < points.rows; i++) if (row(points, i)[0] < 0) left++;
    expect(Math.abs(left / 10_000 - 0.75)).toBeLessThan(0.015);
    const one = vonMisesMixture({ weights: [0, 1] }).sample(key(9), 1000);
    for (let i = 0; i < one.rows; i++) expect(row(one, i)[0]).toBeGreaterThan(0);
  });

  it('adds the densities where circles cross, and takes the nearest circle when asked for the closest point', () => {
    const same = vonMisesMixture({
      centers: [
        [-0.5, 0],
        [0.5, 0],
      ],
      concentration: 0,
    });
    expect(at(same, 0, Math.sqrt(0.75))).toBeCloseTo(1 / (2 * Math.PI), 12);
    const nearest = vonMisesMixture({ tolerance: Infinity });
    expect(at(nearest, -0.7, 0)).toBeCloseTo(at(nearest, -0.8, 0), 12);
  });

  it('rejects wrong options by name', () => {
    expect(() => vonMisesMixture({ weights: [-1, 2] })).toThrow(/weights/);
    expect(() => vonMisesMixture({ weights: [0, 0] })).toThrow(/weights/);
    expect(() => vonMisesMixture({ centers: 'toString' as 'paper' })).toThrow(/centers/);
  });
});
