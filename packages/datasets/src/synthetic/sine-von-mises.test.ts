import { key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { torusFromAngles } from '../embeddings/torus.js';
import { fromRows, pointsOf, row, type Points } from '../points/points.js';
import { binIntegrals, expectCounts, histogram } from './chi-square-fixture.js';
import { sineVonMises, sineVonMisesTorus, type SineVonMisesOptions } from './sine-von-mises.js';
import { vonMisesLogDensity } from './von-mises.js';

/** The centres of an n x n grid over the angles. */
function angleGrid(n: number): Points {
  const data = new Float64Array(2 * n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      data[2 * (i * n + j)] = -Math.PI + ((i + 0.5) * 2 * Math.PI) / n;
      data[2 * (i * n + j) + 1] = -Math.PI + ((j + 0.5) * 2 * Math.PI) / n;
    }
  return pointsOf(data, 2);
}

const CASES: [string, SineVonMisesOptions][] = [
  ['independent', { concentration: [1, 3], mean: [1, -2] }],
  ['one mode', { concentration: [4, 2], correlation: 2, mean: [0.5, 3] }],
  ['two modes', { concentration: [1, 1.5], correlation: -5 }],
  ['no concentration', { concentration: [0, 0], correlation: 3 }],
];

describe('sineVonMises', () => {
  it.each(CASES)('integrates to 1: %s', (_, options) => {
    const n = 128;
    const density = sineVonMises(options).logDensity(angleGrid(n));
    const total = density.reduce((sum, value) => sum + Math.exp(value), 0) * ((2 * Math.PI) / n) ** 2;
    expect(total).toBeCloseTo(1, 10);
  });

  it.each(CASES)('draws from its density: %s', (_, options) => {
    const distribution = sineVonMises(options);
    const [coarse, fine] = [8, 160];
    const probabilities = new Float64Array(coarse * coarse);
    const grid = angleGrid(fine);
    const cellOf = (angle: number): number =>
      Math.min(coarse - 1, Math.floor(((angle + Math.PI) / (2 * Math.PI)) * coarse));
    const binOf = ([phi, psi]: Float64Array): number => cellOf(phi) * coarse + cellOf(psi);
    distribution.logDensity(grid).forEach((value, i) => {
      probabilities[binOf(row(grid, i))] += Math.exp(value) * ((2 * Math.PI) / fine) ** 2;
    });
    const counts = new Float64Array(coarse * coarse);
    const angles = distribution.sample(key(8), 40_000);
    for (let i = 0; i < angles.rows; i++) counts[binOf(row(angles, i))]++;
    // Bins too rare for Pearson's statistic are joined.
    const rare = probabilities.map((p) => (p * angles.rows < 20 ? 1 : 0));
    const joined = (values: Float64Array): number[] => [
      ...values.filter((_v, i) => rare[i] === 0),
      ...(rare.includes(1) ? [values.reduce((sum, v, i) => sum + v * rare[i], 0)] : []),
    ];
    const [expected, observed] = [joined(probabilities), joined(counts)];
    if (expected.at(-1)! * angles.rows < 5) {
      expect(observed.at(-1)!).toBeLessThan(20);
      expected[0] += expected.pop()!;
      observed[0] += observed.pop()!;
    }
    expectCounts(observed, expected);
  });

  it('is a product of von Mises densities without correlation', () => {
    const [value] = sineVonMises({ concentration: [2, 5], mean: [1, -1] }).logDensity(fromRows([[0.3, 2]]));
    expect(value).toBeCloseTo(vonMisesLogDensity(0.3, 1, 2) + vonMisesLogDensity(2, -1, 5), 12);
  });

  it('has no steps in the marginal that it draws by rejection', () => {
    const angles = sineVonMises({ concentration: [1, 0] }).sample(key(11), 200_000);
    const phi = angles.data.filter((_, i) => i % 2 === 0);
    const density = (angle: number): number => Math.exp(vonMisesLogDensity(angle, 0, 1));
    expectCounts(histogram(phi, -Math.PI, Math.PI, 132), binIntegrals(density, -Math.PI, Math.PI, 132));
  });

  it('stays exact for strong concentration', () => {
    const [value] = sineVonMises({ concentration: [800, 900] }).logDensity(fromRows([[0, 0]]));
    expect(value).toBeCloseTo(vonMisesLogDensity(0, 0, 800) + vonMisesLogDensity(0, 0, 900), 9);
  });

  it('rejects wrong options by name', () => {
    expect(() => sineVonMises({ concentration: [-1, 1] })).toThrow(/concentration/);
    expect(() => sineVonMises({ correlation: NaN })).toThrow(/correlation/);
  });
});

describe('sineVonMisesTorus', () => {
  it('integrates to 1 over the area', () => {
    const options = { ...CASES[1][1], majorRadius: 2.5, minorRadius: 1.5 };
    const n = 128;
    const grid = angleGrid(n);
    const density = sineVonMisesTorus(options).logDensity(torusFromAngles(grid, options));
    const total = density.reduce(
      (sum, value, i) => sum + Math.exp(value) * 1.5 * (2.5 + 1.5 * Math.cos(row(grid, i)[1])),
      0,
    );
    expect(total * ((2 * Math.PI) / n) ** 2).toBeCloseTo(1, 10);
  });

  it('draws on the torus, and is -Infinity off it', () => {
    const torus = sineVonMisesTorus();
    const points = torus.sample(key(0), 100);
    expect(torus.logDensity(points).every(Number.isFinite)).toBe(true);
    expect(torus.logDensity(fromRows([[3, 0, 0.9]]))[0]).toBe(-Infinity);
  });
});
