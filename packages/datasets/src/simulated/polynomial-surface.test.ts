import { key } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, row, toRows } from '../points/points.js';
import { binIntegrals, expectCounts, histogram } from '../synthetic/chi-square-fixture.js';
import { heightOf } from './polynomial-height.js';
import { drawPolynomialSurface, polynomialSurface } from './polynomial-surface.js';

const surface = polynomialSurface();

/** z, f(z), x, log p(z | -1, 0, 1), log area: computed apart from this code. */
const GOLDEN = [
  [
    [0.5, -0.8],
    0.4665519395,
    [0.6643122824, -0.6463763947, 0.4985553732],
    [-3.7712470513, -3.7675050738, -3.6077232262],
    0.6755933797,
  ],
  [
    [0, 0],
    -1.2168586604,
    [0.0107451902, -0.0484257168, -1.2158472314],
    [-3.9849970501, -3.5203957794, -3.1697897103],
    0.7832925246,
  ],
  [
    [-1, 1],
    -3.1436211148,
    [-1.1729887608, 0.6209394184, -3.1813338899],
    [0.4702110488, -1.6840467002, -2.6249351906],
    0.1119342155,
  ],
  [
    [2.5, -3],
    0.7990205054,
    [3.1082441752, -2.3198442724, 0.9195512312],
    [-4.5162470513, -4.5162470513, -4.5162427771],
    0.4748243796,
  ],
] as const;

describe('polynomialSurface', () => {
  it.each(GOLDEN)('has the published numbers at z = %j', (z, height, x, logs, logArea) => {
    const points = surface.embed(fromRows([z]));
    x.forEach((value, i) => expect(points.data[i]).toBeCloseTo(value, 9));
    const lifted = fromRows([[...x]]);
    expect(toRows(surface.latent(lifted))[0][0]).toBeCloseTo(z[0], 8);
    expect(Math.abs(surface.offset(lifted)[0])).toBeLessThan(1e-8);
    expect(surface.offset(surface.embed(fromRows([z])))[0]).toBeCloseTo(0, 12);
    [-1, 0, 1].forEach((theta, t) => {
      expect(surface.latentLogDensity(fromRows([z]), [theta])[0]).toBeCloseTo(logs[t], 9);
      expect(surface.logDensity(points, [theta])[0]).toBeCloseTo(logs[t] - logArea, 9);
    });
    expect(heightOf(surface.constants.coefficients, z[0], z[1]).value).toBeCloseTo(height, 9);
  });

  it('integrates to one over the surface, the area taken from the embedding alone', () => {
    const half = 11;
    const ticks = 220;
    const h = (2 * half) / ticks;
    const latent = Array.from({ length: ticks * ticks }, (_, i) => [
      1 - half + ((i % ticks) + 0.5) * h,
      -1 - half + (Math.floor(i / ticks) + 0.5) * h,
    ]);
    const at = (dx: number, dy: number) => surface.embed(fromRows(latent.map(([x, y]) => [x + dx, y + dy])));
    const e = 1e-5;
    const [right, left, up, down] = [at(e, 0), at(-e, 0), at(0, e), at(0, -e)];
    for (const theta of [-1, 0.5]) {
      const density = surface.logDensity(at(0, 0), [theta]);
      let sum = 0;
      density.forEach((value, i) => {
        const u = row(right, i).map((x, d) => (x - row(left, i)[d]) / (2 * e));
        const v = row(up, i).map((x, d) => (x - row(down, i)[d]) / (2 * e));
        const area = Math.hypot(
          u[1] * v[2] - u[2] * v[1],
          u[2] * v[0] - u[0] * v[2],
          u[0] * v[1] - u[1] * v[0],
        );
        sum += Math.exp(value) * area * h * h;
      });
      expect(sum).toBeCloseTo(1, 5);
    }
  });

  it('draws points of its density, with the statistics of the published set', () => {
    const points = surface.sample(key(4), 20_000, [0]);
    const mean = [0, 1, 2].map(
      (d) => points.data.filter((_, i) => i % 3 === d).reduce((s, x) => s + x, 0) / 20_000,
    );
    [0.26, -0.2, -1.14].forEach((value, d) => expect(Math.abs(mean[d] - value)).toBeLessThan(0.04));
    const z0 = surface.latent(points).data.filter((_, i) => i % 2 === 0);
    const normal = (x: number, m: number, s: number) =>
      Math.exp(-((x - m) ** 2) / (2 * s * s)) / (s * Math.sqrt(2 * Math.PI));
    expectCounts(
      histogram(z0, -8, 10, 30).slice(6, 24),
      binIntegrals((x) => 0.6 * normal(x, 1, 2) + 0.4 * normal(x, -1, 0.6), -8, 10, 30)
        .slice(6, 24)
        .map((p, _, all) => p / all.reduce((s, v) => s + v, 0)),
    );
    expect(Math.max(...surface.offset(points).map(Math.abs))).toBeLessThan(1e-12);
  });

  it('takes theta a row, and theta matters', () => {
    const context = fromRows([[-1], [1], [-1]]);
    const z = fromRows([
      [-1, 1],
      [-1, 1],
      [0, 0],
    ]);
    expect(Array.from(surface.latentLogDensity(z, context))).toEqual([
      surface.latentLogDensity(z, [-1])[0],
      surface.latentLogDensity(z, [1])[1],
      surface.latentLogDensity(z, [-1])[2],
    ]);
    expect(() => surface.sample(key(0), 2, [-2])).toThrow(/above -1\.5/);
    expect(() => surface.logDensity(fromRows([[0, 0, 0]]))).toThrow(/theta of size 1/);
  });

  it('projects to the closest point: idempotent, normal to the surface, never farther than any point near', () => {
    fc.assert(
      fc.property(
        fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -4, max: 4, noNaN: true }))),
        fc.integer({ min: 0, max: 1000 }),
        (x, seed) => {
          const points = fromRows([x]);
          const distance = surface.distance(points)[0];
          const foot = surface.project(points);
          expect(surface.distance(foot)[0]).toBeLessThan(1e-9);
          expect(distance).toBeLessThanOrEqual(Math.abs(surface.offset(points)[0]) + 1e-12);
          const random = surface.sample(key(seed), 300, [0.5]);
          for (let i = 0; i < 300; i++) {
            const d = Math.hypot(...row(random, i).map((value, a) => value - x[a]));
            expect(distance).toBeLessThanOrEqual(d + 1e-9);
          }
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  });

  it('has the published distances of points off the distribution, and -Infinity there', () => {
    const points = surface.sampleOutOfDistribution(key(6), 2000, [0]);
    const mean = (values: Float64Array) => values.reduce((s, v) => s + v, 0) / values.length;
    expect(mean(surface.offset(points).map(Math.abs))).toBeCloseTo(0.119, 2);
    expect(mean(surface.distance(points))).toBeCloseTo(0.08, 2);
    expect(surface.logDensity(points, [0]).filter((v) => v === -Infinity).length).toBeGreaterThan(1990);
    const closest = polynomialSurface({ tolerance: Infinity });
    expect(closest.logDensity(points, [0]).every(Number.isFinite)).toBe(true);
  });

  it('accepts points rounded to float32', () => {
    const points = surface.sample(key(7), 2000, [0]);
    const rounded = { ...points, data: Float64Array.from(Float32Array.from(points.data)) };
    expect(surface.logDensity(rounded, [0]).every(Number.isFinite)).toBe(true);
  });

  it('can have other constants, drawn by key', () => {
    const constants = drawPolynomialSurface(key(8));
    const other = polynomialSurface({ constants });
    const points = other.sample(key(1), 50, [0]);
    expect(Math.max(...other.distance(points))).toBeLessThan(1e-9);
    expect(Math.max(...surface.distance(points))).toBeGreaterThan(0.1);
    const [a, b, c, d, e, f, g, h, i] = constants.rotation;
    expect(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)).toBeCloseTo(1, 12);
    expect(() =>
      polynomialSurface({ constants: { ...constants, rotation: [2, 0, 0, 0, 1, 0, 0, 0, 1] } }),
    ).toThrow(/orthogonal/);
    expect(() => polynomialSurface({ constants: { ...constants, coefficients: [1] } })).toThrow(/21 finite/);
  });
});
