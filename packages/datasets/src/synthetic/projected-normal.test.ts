import { key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { fromRows, row } from '../points/points.js';
import { binIntegrals, expectCounts, histogram } from './chi-square-fixture.js';
import { logRadialIntegral, projectedNormalMixture } from './projected-normal.js';

describe('logRadialIntegral', () => {
  // mpmath 1.3: log(t + (1 + t^2) sqrt(pi / 2) erfc(-t / sqrt(2)) exp(t^2 / 2)) with 60 digits and more
  it.each([
    [-1000, -20.0301246563594661],
    [-50, -11.0453175298691355],
    [-10, -6.27210817036670955],
    [-5, -4.34198144624685119],
    [-2.0001, -2.23645973196905979],
    [-2, -2.236365363002838],
    [-1.9999, -2.23627099181634299],
    [-1, -1.16680841923086115],
    [-1e-3, 0.224195810258854595],
    [0, 0.225791352644727432],
    [0.5, 1.08350605157432833],
    [1, 2.07368797453661787],
    [3, 7.72150328248373777],
    [4.9999, 16.6764966135882479],
    [5.0001, 16.6775735366660565],
    [8, 37.0933258031003099],
    [40, 808.297322246201387],
    [1000, 500014.734450091168],
  ])('agrees with 60-digit arithmetic at %d', (t, value) => {
    expect(Math.abs(logRadialIntegral(t) - value)).toBeLessThan(2e-13 * Math.max(1, Math.abs(value)));
  });
});

describe('projectedNormalMixture', () => {
  it('is uniform when the mean is the centre', () => {
    const sphere = projectedNormalMixture({ means: [[0, 0, 0]] });
    expect(sphere.logDensity(fromRows([[0, 0.6, 0.8]]))[0]).toBeCloseTo(-Math.log(4 * Math.PI), 13);
  });

  it.each([[[0, 0, 0.2]], [[0, 0, 1]], [[0, 0, 6]]] as [number, number, number][][])(
    'integrates to 1 around mean %j',
    (mean) => {
      const sphere = projectedNormalMixture({ means: [mean] });
      // The density depends on z alone, and area on the sphere is 2 pi dz (Archimedes).
      const f = (z: number) =>
        2 * Math.PI * Math.exp(sphere.logDensity(fromRows([[Math.sqrt(Math.max(0, 1 - z * z)), 0, z]]))[0]);
      expect(binIntegrals(f, -1, 1, 100).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    },
  );

  it('draws from its density along an oblique axis', () => {
    const mean = [0.6, -1.2, 0.9] as const;
    const size = Math.hypot(...mean);
    const points = projectedNormalMixture({ means: [mean] }).sample(key(4), 20_000);
    const heights = Array.from({ length: points.rows }, (_, i) => {
      const [x, y, z] = row(points, i);
      expect(Math.abs(Math.hypot(x, y, z) - 1)).toBeLessThan(1e-15 * 4);
      return (x * mean[0] + y * mean[1] + z * mean[2]) / size;
    });
    const axis = projectedNormalMixture({ means: [[0, 0, size]] });
    const f = (z: number) =>
      2 * Math.PI * Math.exp(axis.logDensity(fromRows([[Math.sqrt(Math.max(0, 1 - z * z)), 0, z]]))[0]);
    expectCounts(histogram(heights, -1, 1, 20), binIntegrals(f, -1, 1, 20));
  });

  it('mixes two opposite modes by default, and others by weight', () => {
    const mixture = projectedNormalMixture();
    const [front, back, side] = mixture.logDensity(
      fromRows([
        [1, 0, 0],
        [-1, 0, 0],
        [0, 1, 0],
      ]),
    );
    expect(front).toBeCloseTo(back, 13);
    expect(front).toBeGreaterThan(side);
    const points = projectedNormalMixture({
      means: [
        [9, 0, 0],
        [0, 9, 0],
      ],
      weights: [1, 3],
    }).sample(key(1), 8000);
    let second = 0;
    for (let i = 0; i < points.rows; i++) if (row(points, i)[1] > row(points, i)[0]) second++;
    expect(Math.abs(second / 8000 - 0.75)).toBeLessThan(0.015);
  });

  it('is -Infinity off the sphere and at its centre', () => {
    const density = projectedNormalMixture().logDensity(
      fromRows([
        [1.01, 0, 0],
        [0, 0, 0],
        [NaN, 0, 0],
      ]),
    );
    expect([...density]).toEqual([-Infinity, -Infinity, -Infinity]);
    expect(projectedNormalMixture({ tolerance: Infinity }).logDensity(fromRows([[0, 0, 0]]))[0]).toBe(
      -Infinity,
    );
  });

  it('rejects wrong options by name', () => {
    expect(() => projectedNormalMixture({ means: [] })).toThrow(/means/);
    expect(() => projectedNormalMixture({ means: [[1, 2, NaN]] })).toThrow(/means/);
    expect(() => projectedNormalMixture({ weights: [1] })).toThrow(/2 weights/);
  });
});
