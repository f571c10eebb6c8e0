import { foldIn, key, normalArray, uniformArray } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import type { Points } from '../points.js';
import { estimateManifoldDimension } from './estimate-manifold-dimension.js';
import { maximumLikelihoodDimension, twoNearestNeighbours } from './estimators.js';

const N = 1000;
const made = (rows: number, columns: number, row: (i: number) => number[]): Points => {
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) data.set(row(i), i * columns);
  return { data, rows, columns };
};
const u = uniformArray(key(1), 8 * N);
const z = normalArray(key(2), 9 * N);
const circle = made(N, 10, (i) => {
  const t = 2 * Math.PI * u[i];
  return [
    Math.cos(t),
    Math.sin(t),
    ...Array.from({ length: 8 }, (_, d) => (0.3 * Math.cos((d + 2) * t)) / (d + 2)),
  ];
});
const sphere = (m: number) =>
  made(N, m + 1, (i) => {
    const v = Array.from(z.subarray(i * (m + 1), (i + 1) * (m + 1)));
    const r = Math.hypot(...v);
    return v.map((x) => x / r);
  });
const torus = made(N, 3, (i) => {
  const [a, b] = [2 * Math.PI * u[2 * i], 2 * Math.PI * u[2 * i + 1]];
  return [(3 + Math.cos(b)) * Math.cos(a), (3 + Math.cos(b)) * Math.sin(a), Math.sin(b)];
});
const swissRoll = (noise: number) =>
  made(N, 3, (i) => {
    const t = 1.5 * Math.PI * (1 + 2 * u[2 * i]);
    return [t * Math.cos(t), 21 * u[2 * i + 1], t * Math.sin(t)].map((x, d) => x + noise * z[3 * i + d]);
  });
/** A cube with edges, bent into more coordinates. */
const cube = (m: number) =>
  made(N, m + 2, (i) => {
    const v = Array.from(u.subarray(i * m, (i + 1) * m));
    return [...v, Math.sin(3 * v[0]), v[0] * v[m - 1]];
  });

const KNOWN: readonly (readonly [name: string, points: Points, dimension: number])[] = [
  ['circle in R^10', circle, 1],
  ['sphere', sphere(2), 2],
  ['torus', torus, 2],
  ['swiss roll', swissRoll(0), 2],
  ['swiss roll with noise', swissRoll(0.2), 2],
  ['3-sphere', sphere(3), 3],
  ['4-cube', cube(4), 4],
];

describe('estimateManifoldDimension', () => {
  it.each(KNOWN)('%s', (_, points, dimension) => {
    expect(estimateManifoldDimension(points).dimension).toBe(dimension);
  });

  it.each([
    ['5-cube', cube(5), 5],
    ['6-sphere', sphere(6), 6],
    ['7-cube', cube(7), 7],
    ['8-sphere', sphere(8), 8],
    ['8-cube', cube(8), 8],
  ] as const)('%s: the right answer or none', (_, points, dimension) => {
    const result = estimateManifoldDimension(points);
    expect([dimension, null]).toContain(result.dimension);
    expect(result.scales[0].candidates).toContain(dimension);
  });

  it('looks past noise that the finest scale takes for a dimension', () => {
    const curve = made(2000, 2, (i) => {
      const t = (2 * Math.PI * i) / 2000;
      return [Math.cos(t) + 0.01 * z[2 * i], Math.sin(t) + 0.01 * z[2 * i + 1]];
    });
    const { dimension, decidedBy, scales } = estimateManifoldDimension(curve);
    expect(scales[0].candidates).toEqual([2]);
    expect(dimension).toBe(1);
    expect(decidedBy).toBe(scales.length - 1);
    expect(scales[0].blockSize).toBeGreaterThan(scales[scales.length - 1].blockSize);
  });

  it('has no answer for points that fill their space', () => {
    expect(estimateManifoldDimension(made(N, 2, (i) => [z[2 * i], z[2 * i + 1]])).dimension).toBeNull();
  });

  it('does not mind repeated points, shifts, scales and the order of rows', () => {
    const twice = { data: Float64Array.of(...torus.data, ...torus.data), rows: 2 * N, columns: 3 };
    expect(estimateManifoldDimension(twice).dimension).toBe(2);
    const moved = { ...torus, data: torus.data.map((x) => 1e-3 * x + 5) };
    expect(estimateManifoldDimension(moved).scales[0].twoNearestNeighbours.value).toBeCloseTo(
      estimateManifoldDimension(torus).scales[0].twoNearestNeighbours.value,
      4,
    );
  });

  it('refuses few and broken points', () => {
    expect(() => estimateManifoldDimension(made(50, 2, (i) => [i, z[i]]))).toThrow(/125 distinct points/);
    expect(() => estimateManifoldDimension(made(500, 2, () => [1, 2]))).toThrow(/1 of 500 rows/);
    expect(() => estimateManifoldDimension(made(500, 2, () => [NaN, 2]))).toThrow(/NaN in row 0/);
  });
});

describe('the estimators', () => {
  it('are unbiased on a flat torus, where density and edges do no harm, within their errors', () => {
    // A ring of equal chords: distances along it are those of a circle.
    const estimates = Array.from({ length: 20 }, (_, s) => {
      const angles = uniformArray(foldIn(key(9), s), 600).map((v) => 2 * Math.PI * v);
      const points = made(300, 4, (i) => [
        Math.cos(angles[2 * i]),
        Math.sin(angles[2 * i]),
        Math.cos(angles[2 * i + 1]),
        Math.sin(angles[2 * i + 1]),
      ]);
      return [twoNearestNeighbours(points), maximumLikelihoodDimension(points)] as const;
    });
    [0, 1].forEach((which) => {
      const values = estimates.map((both) => both[which].value);
      const mean = values.reduce((a, b) => a + b, 0) / 20;
      const spread = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / 19);
      expect(Math.abs(mean - 2)).toBeLessThan(0.12);
      expect(spread / estimates[0][which].standardError).toBeGreaterThan(0.5);
      expect(spread / estimates[0][which].standardError).toBeLessThan(2);
    });
  });

  it('take their options', () => {
    const few = maximumLikelihoodDimension(swissRoll(0.4), { neighbours: 3 }).value;
    const many = maximumLikelihoodDimension(swissRoll(0.4), { neighbours: 30 }).value;
    expect(many).toBeLessThan(few - 0.2);
    expect(() => maximumLikelihoodDimension(torus, { neighbours: 1 })).toThrow(/>= 2/);
    expect(() => twoNearestNeighbours(made(2, 1, (i) => [i]))).toThrow(/3 distinct/);
  });
});
