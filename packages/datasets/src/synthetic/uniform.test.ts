import { key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { anglesFromTorus } from '../embeddings/torus.js';
import { fromRows, row, type Points } from '../points/points.js';
import { binIntegrals, expectCounts, histogram } from './chi-square-fixture.js';
import { uniformSphere, uniformTorus } from './uniform.js';

const column = (points: Points, j: number): number[] =>
  Array.from({ length: points.rows }, (_, i) => row(points, i)[j]);

describe('uniformSphere', () => {
  it('has equal shares in slices of equal height, along every axis', () => {
    const points = uniformSphere({ radius: 2, center: [1, 2, 3] }).sample(key(1), 20_000);
    [1, 2, 3].forEach((center, j) =>
      expectCounts(histogram(column(points, j), center - 2, center + 2, 20), new Array(20).fill(0.05)),
    );
  });

  it('has density 1 / area on it and none off it', () => {
    const sphere = uniformSphere({ radius: 2, center: [1, 0, 0] });
    const [on, off] = sphere.logDensity(
      fromRows([
        [1, 0, -2],
        [0, 0, 0],
      ]),
    );
    expect(on).toBeCloseTo(-Math.log(16 * Math.PI), 13);
    expect(off).toBe(-Infinity);
  });
});

describe('uniformTorus', () => {
  it('is uniform by area: angles around the tube follow (R + r cos psi) / (2 pi R)', () => {
    const options = { majorRadius: 3, minorRadius: 2 };
    const torus = uniformTorus(options);
    const angles = anglesFromTorus(torus.sample(key(1), 20_000), options);
    expectCounts(histogram(column(angles, 0), -Math.PI, Math.PI, 20), new Array(20).fill(0.05));
    expectCounts(
      histogram(column(angles, 1), -Math.PI, Math.PI, 20),
      binIntegrals((psi) => (3 + 2 * Math.cos(psi)) / (6 * Math.PI), -Math.PI, Math.PI, 20),
    );
    expect(torus.volume).toBeCloseTo(4 * Math.PI * Math.PI * 6, 10);
  });

  it('has the area of the paper and density 1 / area', () => {
    expect(uniformTorus().volume).toBeCloseTo(118.435, 3);
    const [on, off] = uniformTorus().logDensity(
      fromRows([
        [0, -2, 0],
        [3, 0, 0],
      ]),
    );
    expect(on).toBeCloseTo(-Math.log(118.4352528), 8);
    expect(off).toBe(-Infinity);
  });

  it('rejects radii that give no ring', () => {
    expect(() => uniformTorus({ majorRadius: 1, minorRadius: 1 })).toThrow(/majorRadius > minorRadius/);
    expect(() => uniformTorus({ minorRadius: -1 })).toThrow(/minorRadius/);
  });
});
