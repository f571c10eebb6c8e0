import { ConfigError, ConvergenceError, DataError, ShapeError, key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { logMeanExp } from './log-mean-exp.js';
import { logPartitionCoarea, logPartitionOnManifold, pointwiseEnergy } from './log-partition.js';

/** Modified Bessel function I0 by its series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let m = 1; m < 60; m++) sum += term *= (x / 2 / m) ** 2;
  return sum;
}

const circle = ([x, y]: Float64Array) => ({
  value: Float64Array.of(3 * (x * x + y * y - 1)),
  jacobian: Float64Array.of(6 * x, 6 * y),
});
/** The unit circle in the plane z = 0, as two constraints of different scale. */
const ring = ([x, y, z]: Float64Array) => ({
  value: Float64Array.of(x * x + y * y - 1, 2 * z + x * x + y * y - 1),
  jacobian: Float64Array.of(2 * x, 2 * y, 0, 2 * x, 2 * y, 2),
});
const flat = pointwiseEnergy(() => 0);
const square = { lower: [-1.5, -1.5], upper: [1.5, 1.5] };

describe('logMeanExp', () => {
  it('is right where exp is not', () => {
    expect(logMeanExp([1000, 1000 + Math.log(3)]).value).toBeCloseTo(1000 + Math.log(2), 12);
    expect(logMeanExp([-2000, -2000]).value).toBe(-2000);
    expect(logMeanExp([0, -Infinity]).value).toBeCloseTo(Math.log(0.5), 14);
    expect(logMeanExp([-Infinity]).value).toBe(-Infinity);
  });

  it('counts terms left out as zeros', () => {
    const all = logMeanExp([0, 1, -Infinity, -Infinity]);
    const short = logMeanExp([0, 1], 4);
    expect(short.value).toBeCloseTo(all.value, 14);
    expect(short.standardError).toBeCloseTo(all.standardError, 14);
    const terms = [1, Math.E, 0, 0];
    const mean = terms.reduce((s, x) => s + x) / 4;
    const variance = terms.reduce((s, x) => s + (x - mean) ** 2, 0) / 3;
    expect(short.standardError).toBeCloseTo(Math.sqrt(variance / 4) / mean, 14);
  });

  it('refuses nothing, NaN and infinity', () => {
    expect(() => logMeanExp([])).toThrow(DataError);
    expect(() => logMeanExp([NaN])).toThrow(DataError);
    expect(() => logMeanExp([Infinity])).toThrow(DataError);
  });
});

describe('logPartitionOnManifold', () => {
  it('integrates a von Mises energy', () => {
    const energies = Float64Array.from({ length: 64 }, (_, i) => -2 * Math.cos((2 * Math.PI * i) / 64));
    const { value } = logPartitionOnManifold(energies, 2 * Math.PI);
    expect(value).toBeCloseTo(Math.log(2 * Math.PI * besselI0(2)), 12);
    expect(() => logPartitionOnManifold(energies, 0)).toThrow(ConfigError);
  });
});

describe('logPartitionCoarea', () => {
  it.each([
    ['length of the circle', circle, square, flat, 2 * Math.PI],
    [
      'length of a circle of codimension 2',
      ring,
      { lower: [-1.5, -1.5, -1], upper: [1.5, 1.5, 1] },
      flat,
      2 * Math.PI,
    ],
    ['von Mises', circle, square, pointwiseEnergy(([x]) => -2 * x), 2 * Math.PI * besselI0(2)],
    ['large energies', circle, square, pointwiseEnergy(([x]) => 5000 - 2 * x), NaN],
  ])('%s', async (name, constraint, box, energy, exact) => {
    const truth = name === 'large energies' ? Math.log(2 * Math.PI * besselI0(2)) - 5000 : Math.log(exact);
    const result = await logPartitionCoarea(constraint, energy, box, { key: key(1), samples: 200_000 });
    expect(result.standardError).toBeLessThan(0.04);
    expect(Math.abs(result.value - truth)).toBeLessThan(4 * result.standardError);
    expect(result.tubeSensitivity).toBeLessThan(6 * result.standardError);
    expect(result.hits / result.samples).toBeGreaterThan(0.015);
    expect(result.hits / result.samples).toBeLessThan(0.025);
  });

  it('has an honest standard error', async () => {
    const runs = [];
    for (let seed = 0; seed < 40; seed++) {
      const options = { key: key(100 + seed), samples: 5000, tubeWidth: 0.3 };
      runs.push(await logPartitionCoarea(circle, flat, square, options));
    }
    const mean = runs.reduce((sum, { value }) => sum + value, 0) / runs.length;
    const spread = Math.sqrt(
      runs.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / (runs.length - 1),
    );
    const claimed = runs.reduce((sum, { standardError }) => sum + standardError, 0) / runs.length;
    expect(spread / claimed).toBeGreaterThan(0.7);
    expect(spread / claimed).toBeLessThan(1.4);
  });

  it('shows a tube that is too wide', async () => {
    const curved = pointwiseEnergy(([x, y]) => 40 * (x * x + y * y - 1) ** 2);
    const options = { key: key(3), samples: 50_000, tubeWidth: 1.5 };
    const result = await logPartitionCoarea(circle, curved, square, options);
    expect(result.tubeSensitivity).toBeGreaterThan(10 * result.standardError);
  });

  it('depends on the key alone', async () => {
    const run = (seed: number) => logPartitionCoarea(circle, flat, square, { key: key(seed), samples: 2000 });
    expect(await run(1)).toEqual(await run(1));
    expect((await run(1)).value).not.toBe((await run(2)).value);
  });

  it('refuses empty tubes, boxes and options', async () => {
    const run = (bounds: typeof square, options: object) =>
      logPartitionCoarea(circle, flat, bounds, { key: key(1), samples: 100, ...options });
    await expect(run({ lower: [5, 5], upper: [6, 6] }, { tubeWidth: 0.1 })).rejects.toThrow(ConvergenceError);
    await expect(run({ lower: [1, 1], upper: [1, 2] }, {})).rejects.toThrow(ConfigError);
    await expect(run({ lower: [1], upper: [1, 2] }, {})).rejects.toThrow(ConfigError);
    await expect(run(square, { samples: 0 })).rejects.toThrow(ConfigError);
    await expect(run(square, { tubeWidth: -1 })).rejects.toThrow(ConfigError);
    const short = () => [1];
    await expect(logPartitionCoarea(circle, short, square, { key: key(1) })).rejects.toThrow(ShapeError);
    const broken = pointwiseEnergy(() => NaN);
    await expect(logPartitionCoarea(circle, broken, square, { key: key(1) })).rejects.toThrow(DataError);
  });
});
