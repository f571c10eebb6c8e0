import { key, uniformArray } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { fromRows, pointsOf, row, toRows } from '../points/points.js';
import { binIntegrals, expectCounts, histogram } from '../synthetic/chi-square-fixture.js';
import { conditionalSphereGaussian, sphereGaussian } from './sphere-gaussian.js';

/** Mean of exp(log p) over a grid of directions and radii, times the volume: the integral over a shell. */
function shellIntegral(
  logDensity: (rows: number[][]) => Float64Array,
  dimension: 2 | 3,
  half: number,
  ticks: readonly [number, number, number],
): number {
  const [polarTicks, azimuths, radii] = ticks;
  let sum = 0;
  for (let k = 0; k < radii; k++) {
    const r = 1 - half + ((k + 0.5) / radii) * 2 * half;
    const rows: number[][] = [];
    const areas: number[] = [];
    for (let i = 0; i < (dimension === 2 ? 1 : polarTicks); i++) {
      const polar = dimension === 2 ? Math.PI / 2 : ((i + 0.5) / polarTicks) * Math.PI;
      for (let j = 0; j < azimuths; j++) {
        const phi = ((j + 0.5) / azimuths) * 2 * Math.PI;
        rows.push(
          dimension === 2
            ? [r * Math.cos(phi), r * Math.sin(phi)]
            : [r * Math.cos(polar), r * Math.sin(polar) * Math.cos(phi), r * Math.sin(polar) * Math.sin(phi)],
        );
        areas.push(
          dimension === 2
            ? ((2 * Math.PI) / azimuths) * r
            : ((2 * Math.PI) / azimuths) * (Math.PI / polarTicks) * Math.sin(polar) * r * r,
        );
      }
    }
    logDensity(rows).forEach((value, i) => (sum += Math.exp(value) * areas[i] * ((2 * half) / radii)));
  }
  return sum;
}

describe('sphereGaussian', () => {
  it('integrates to one over the plane and over space', () => {
    const circle = sphereGaussian({ noise: 0.05 });
    expect(shellIntegral((rows) => circle.logDensity(fromRows(rows)), 2, 0.4, [1, 60, 60])).toBeCloseTo(1, 8);
    const sphere = sphereGaussian({ manifoldDimension: 2, noise: 0.05 });
    expect(shellIntegral((rows) => sphere.logDensity(fromRows(rows)), 3, 0.4, [60, 40, 30])).toBeCloseTo(
      1,
      6,
    );
    const wide = conditionalSphereGaussian({ noise: 0.05 });
    expect(
      shellIntegral((rows) => wide.logDensity(fromRows(rows), [1, 0.7]), 3, 0.4, [60, 40, 30]),
    ).toBeCloseTo(1, 6);
  });

  it('has negative radii in its density: wide noise integrates to one all the same', () => {
    const circle = sphereGaussian({ noise: 0.8 });
    // Polar coordinates from the centre out, where 1 / r cancels the length of the circle.
    let sum = 0;
    const azimuths = Array.from({ length: 60 }, (_, j) => ((j + 0.5) / 60) * 2 * Math.PI);
    for (let k = 0; k < 400; k++) {
      const r = ((k + 0.5) / 400) * 6;
      const rows = azimuths.map((phi) => [r * Math.cos(phi), r * Math.sin(phi)]);
      circle.logDensity(fromRows(rows)).forEach((value) => {
        sum += Math.exp(value) * r * (6 / 400) * ((2 * Math.PI) / 60);
      });
    }
    expect(sum).toBeCloseTo(1, 4);
  });

  it('draws angles and radii of its density', () => {
    const points = sphereGaussian().sample(key(1), 20_000);
    const angles = Array.from({ length: points.rows }, (_, i) =>
      Math.atan2(row(points, i)[1], row(points, i)[0]),
    );
    const normal = (x: number) => Math.exp(-((x - Math.PI / 2) ** 2) / (2 * (Math.PI / 4) ** 2));
    const norm = (Math.PI / 4) * Math.sqrt(2 * Math.PI);
    expectCounts(
      histogram(angles, -Math.PI, Math.PI, 16),
      binIntegrals(
        (phi) => [-2, -1, 0, 1, 2].reduce((s, k) => s + normal(phi + 2 * Math.PI * k) / norm, 0),
        -Math.PI,
        Math.PI,
        16,
      ),
    );
    const noise = Float64Array.from(
      { length: points.rows },
      (_, i) => (Math.hypot(...row(points, i)) - 1) / 0.01,
    );
    expect(noise.reduce((s, z) => s + z, 0) / points.rows).toBeCloseTo(0, 1);
    expect(noise.reduce((s, z) => s + z * z, 0) / points.rows).toBeCloseTo(1, 1);
  });

  it('has the density of its draws on a 3-sphere in R^5: their mean of 1 / p over a region is its volume', () => {
    const sphere = conditionalSphereGaussian({ manifoldDimension: 3, ambientDimension: 5, noise: 0.1 });
    const theta = [0.3, -0.4];
    const points = sphere.sample(key(2), 40_000, theta);
    const box = [
      [-0.5, 0.5],
      [0.3, 0.8],
      [-0.5, 0.2],
      [0.2, 1.2],
      [-0.1, 0.1],
    ];
    const inside = (x: Float64Array) => {
      const r = Math.hypot(...x.subarray(0, 4));
      return r > 0.8 && r < 1.2 && box.every(([low, high], d) => x[d] > low && x[d] < high);
    };
    const density = sphere.logDensity(points, theta);
    let [volume, seen] = [0, 0];
    for (let i = 0; i < points.rows; i++) {
      if (!inside(row(points, i))) continue;
      volume += Math.exp(-density[i]) / points.rows;
      seen++;
    }
    const draws = pointsOf(
      uniformArray(key(3), 5 * 40_000).map((u, i) => box[i % 5][0] + u * (box[i % 5][1] - box[i % 5][0])),
      5,
    );
    const share = toRows(draws).filter((x) => inside(Float64Array.from(x))).length / 40_000;
    const expected = share * box.reduce((product, [low, high]) => product * (high - low), 1);
    expect(seen).toBeGreaterThan(500);
    expect(Math.abs(volume / expected - 1)).toBeLessThan(0.12);
    const ratio = sphere.logDensity(points, [0.1, -0.5]).map((value, i) => Math.exp(value - density[i]));
    expect(ratio.reduce((sum, r) => sum + r, 0) / points.rows).toBeCloseTo(1, 1);
  });

  it('measures distances, and puts other points inside', () => {
    const sphere = sphereGaussian({ manifoldDimension: 2, ambientDimension: 4 });
    expect(sphere.distance(fromRows([[0, 0, 1.3, 0.4]]))[0]).toBeCloseTo(0.5, 14);
    const other = sphere.sampleOutOfDistribution(key(3), 1000);
    const radii = Array.from({ length: 1000 }, (_, i) => Math.hypot(...row(other, i).subarray(0, 3)) - 1);
    expect(Math.max(...radii)).toBeLessThanOrEqual(1e-12);
    expect(Math.min(...radii)).toBeGreaterThan(-0.03 - 1e-12);
    expect(radii.reduce((s, z) => s + z, 0) / 1000).toBeCloseTo(-0.015, 3);
  });

  it('refuses bad options and contexts', () => {
    expect(() => sphereGaussian({ manifoldDimension: 0 })).toThrow(/manifoldDimension/);
    expect(() => sphereGaussian({ manifoldDimension: 2, ambientDimension: 2 })).toThrow(/above 2/);
    expect(() => sphereGaussian({ noise: 0 })).toThrow(/noise/);
    const sphere = conditionalSphereGaussian();
    expect(() => sphere.sample(key(0), 3)).toThrow(/parameters theta of size 2/);
    expect(() => sphere.sample(key(0), 3, [1])).toThrow(/2 columns/);
    expect(() => sphere.sample(key(0), 3, [1, NaN])).toThrow(/finite/);
    expect(() => sphere.sample(key(0), 3, pointsOf(new Float64Array(4), 2))).toThrow(/3 rows/);
    expect(sphere.sample(key(0), 0, [0, 0]).rows).toBe(0);
  });
});
