import { foldIn, key, normalArray } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Points } from '../points.js';
import { logKernelDensity, pairedLogKernelDensity } from './log-kernel-density.js';
import { maximumMeanDiscrepancy } from './maximum-mean-discrepancy.js';
import { metropolisParameters } from './metropolis.js';
import { middleValue } from './middle-value.js';
import { outOfDistributionAuc, rocAuc } from './roc-auc.js';
import { sliceParameters } from './slice-sampling.js';

const table = (data: ArrayLike<number>, columns = 1): Points => ({
  data: Float64Array.from(data),
  rows: data.length / columns,
  columns,
});
const numbers = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 12 });

describe('maximumMeanDiscrepancy', () => {
  it('has the golden value, with the bandwidth of the reference and not of the points', () => {
    const [x, y] = [table([0, 1, 2]), table([0.5, 1.5, 4])];
    expect(maximumMeanDiscrepancy(x, y).bandwidth).toBe(2.5);
    expect(maximumMeanDiscrepancy(x, y).squared).toBeCloseTo(-0.0813919905, 9);
    expect(maximumMeanDiscrepancy(y, x).bandwidth).toBe(1);
    expect(maximumMeanDiscrepancy(y, x, { bandwidth: 2.5 }).squared).toBeCloseTo(-0.0813919905, 9);
  });

  it('is unbiased: its mean over samples of one distribution is 0, and of two what theory says', () => {
    const draw = (seed: number, shift: number) =>
      table(
        normalArray(foldIn(key(seed), 7), 24).map((z, i) => z + (i % 2 === 0 ? shift : 0)),
        2,
      );
    const mean = (shift: number) => {
      let sum = 0;
      for (let seed = 0; seed < 400; seed++)
        sum += maximumMeanDiscrepancy(draw(2 * seed, shift), draw(2 * seed + 1, 0), { bandwidth: 1 }).squared;
      return sum / 400;
    };
    expect(Math.abs(mean(0))).toBeLessThan(0.01);
    // Of normals in two dimensions, E k = (1 / 3) exp(-shift^2 / 6).
    expect(Math.abs(mean(1) - (2 / 3) * (1 - Math.exp(-1 / 6)))).toBeLessThan(0.015);
  });

  it('refuses what has no answer', () => {
    const x = table([0, 1, 2]);
    expect(() => maximumMeanDiscrepancy(table([1]), x)).toThrow(/2 rows/);
    expect(() => maximumMeanDiscrepancy(table([1, NaN]), x)).toThrow(/NaN in row 1/);
    expect(() => maximumMeanDiscrepancy(table([1, 2], 2), table([1, 2, 3], 1))).toThrow(/2 rows/);
    expect(() => maximumMeanDiscrepancy(table([1, 2, 3, 4], 2), x)).toThrow(/2 columns/);
    expect(() => maximumMeanDiscrepancy(x, table([1, 1, 1]))).toThrow(/equal; give a bandwidth/);
    expect(() => maximumMeanDiscrepancy(x, x, { bandwidth: -1 })).toThrow(/positive/);
  });

  it('takes medians as sorting does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 }), (values) => {
        const sorted = [...values].sort((a, b) => a - b);
        const n = sorted.length;
        const expected = (sorted[Math.floor((n - 1) / 2)] + sorted[Math.ceil((n - 1) / 2)]) / 2;
        expect(middleValue(Float64Array.from(values))).toBe(expected);
      }),
    );
  });
});

describe('rocAuc', () => {
  it('counts pairs, ties half', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
        (a, b) => {
          let wins = 0;
          for (const x of a) for (const y of b) wins += x > y ? 1 : x === y ? 0.5 : 0;
          expect(rocAuc(a, b)).toBeCloseTo(wins / (a.length * b.length), 12);
        },
      ),
    );
    expect(rocAuc([Infinity], [-Infinity])).toBe(1);
    expect(() => rocAuc([], [1])).toThrow(/positives/);
    expect(() => rocAuc([1], [NaN])).toThrow(/index 0/);
  });

  it('knows which way each score points, and what was published', () => {
    const auc = outOfDistributionAuc({
      logDensity: { inside: [0, 1], outside: [2, 3, 0.5] },
      reconstructionError: { inside: [0.1, 0.2], outside: [0.3, 0.15, 0.4] },
    });
    expect(auc.byLogDensity).toBeCloseTo(1 / 6, 12);
    expect(auc.byReconstructionError).toBeCloseTo(5 / 6, 12);
    expect(auc.published).toBeCloseTo(5 / 6, 12);
    const flipped = outOfDistributionAuc({ logDensity: { inside: [0], outside: [1] } });
    expect(flipped).toEqual({ byLogDensity: 0, byReconstructionError: null, published: 1 });
    expect(() => outOfDistributionAuc({})).toThrow(/neither/);
  });
});

describe('chains of parameters', () => {
  const posterior = ([a, b]: Float64Array) =>
    b < -1 ? -Infinity : -0.5 * ((a - 1) ** 2 / 0.25 + (b - 0.5 * a) ** 2);
  const moments = ({ data, rows }: Points) => {
    const mean = [0, 1].map((d) => data.filter((_, i) => i % 2 === d).reduce((s, x) => s + x, 0) / rows);
    const a2 = data.filter((_, i) => i % 2 === 0).reduce((s, x) => s + (x - mean[0]) ** 2, 0) / rows;
    return { mean, a2 };
  };
  /** By a fine grid. */
  const exact = (() => {
    let [z, ma, mb, saa] = [0, 0, 0, 0];
    for (let i = 0; i < 300; i++)
      for (let j = 0; j < 400; j++) {
        const [a, b] = [-2 + i * 0.02, -1 + 0.01 + j * 0.02];
        const w = Math.exp(posterior(Float64Array.of(a, b)));
        z += w;
        ma += w * a;
        mb += w * b;
        saa += w * a * a;
      }
    return { mean: [ma / z, mb / z], a2: saa / z - (ma / z) ** 2 };
  })();

  it('Metropolis has the moments of a truncated posterior', async () => {
    const chain = await metropolisParameters(posterior, {
      key: key(0),
      start: [1, 0],
      samples: 40_000,
      stepSize: 0.9,
    });
    const { mean, a2 } = moments(chain.samples);
    exact.mean.forEach((value, d) => expect(Math.abs(mean[d] - value)).toBeLessThan(0.06));
    expect(Math.abs(a2 - exact.a2)).toBeLessThan(0.03);
    expect(chain.acceptanceRate).toBeGreaterThan(0.2);
    expect(chain.acceptanceRate).toBeLessThan(0.8);
    expect(chain.evaluations).toBe(40_101);
    expect(chain.logDensity[7]).toBe(posterior(chain.samples.data.subarray(14, 16)));
  });

  it('slice sampling has them too, from a width far too small', async () => {
    const chain = await sliceParameters(posterior, { key: key(1), start: [1, 0], samples: 10_000 });
    const { mean, a2 } = moments(chain.samples);
    exact.mean.forEach((value, d) => expect(Math.abs(mean[d] - value)).toBeLessThan(0.06));
    expect(Math.abs(a2 - exact.a2)).toBeLessThan(0.03);
    expect(chain.logDensity[7]).toBe(posterior(chain.samples.data.subarray(14, 16)));
    // Tuned brackets need about six evaluations a component.
    expect(chain.evaluations).toBeLessThan(10_000 * 2 * 9);
  });

  it('waits for likelihoods that take time, and is decided by its key', async () => {
    const later = async (theta: Float64Array) => Promise.resolve(posterior(theta));
    const options = { key: key(3), start: [1, 0], samples: 50, burnIn: 5 };
    for (const sampler of [metropolisParameters, sliceParameters]) {
      const [a, b] = [await sampler(later, options), await sampler(posterior, options)];
      expect(a.samples.data).toEqual(b.samples.data);
      const c = await sampler(posterior, { ...options, key: key(4) });
      expect(c.samples.data).not.toEqual(a.samples.data);
    }
  });

  it('refuses bad starts, options and densities', async () => {
    for (const sampler of [metropolisParameters, sliceParameters]) {
      await expect(sampler(posterior, { key: key(0), start: [0, -2] })).rejects.toThrow(/above -Infinity/);
      await expect(sampler(posterior, { key: key(0), start: [] })).rejects.toThrow(/start/);
      await expect(sampler(() => NaN, { key: key(0), start: [0] })).rejects.toThrow(/NaN at theta = \(0\)/);
      await expect(sampler(posterior, { key: key(0), start: [0, 0], samples: 0 })).rejects.toThrow(/samples/);
    }
    await expect(
      metropolisParameters(posterior, { key: key(0), start: [0, 0], stepSize: 0 }),
    ).rejects.toThrow(/stepSize/);
    await expect(sliceParameters(() => 0, { key: key(0), start: [0] })).rejects.toThrow(/larger width/);
  });
});

describe('logKernelDensity', () => {
  it('is the mixture of Gaussians, also far away', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: -3, max: 3, noNaN: true }), (values, at) => {
        const direct =
          values.reduce((s, x) => s + Math.exp(-((x - at) ** 2) / 2), 0) /
          (values.length * Math.sqrt(2 * Math.PI));
        expect(logKernelDensity(table(values), [at], { bandwidth: 1 })).toBeCloseTo(Math.log(direct), 9);
      }),
    );
    expect(logKernelDensity(table([0]), [1e3], { bandwidth: 0.1 })).toBeCloseTo(-5e7 + 1.3836, 2);
  });

  it('has the published upper bounds', () => {
    expect(logKernelDensity(table([1, 2], 2), [1, 2], { bandwidth: 0.15 })).toBeCloseTo(1.956, 3);
    expect(logKernelDensity(table([0]), [0], { bandwidth: 0.05 })).toBeCloseTo(2.077, 3);
    expect(pairedLogKernelDensity(table([0, 0, 9]), 0, { bandwidth: 0.05 })).toBeCloseTo(4.154, 3);
  });

  it('pairs consecutive draws', () => {
    const value = pairedLogKernelDensity(table([0, 1, 2, 3]), 0.5, { bandwidth: 1 });
    expect(value).toBeCloseTo(Math.log((Math.exp(-0.25) + Math.exp(-4.25)) / (4 * Math.PI)), 12);
    expect(() => pairedLogKernelDensity(table([0, 1], 2), 0, { bandwidth: 1 })).toThrow(/2 rows/);
    expect(() => pairedLogKernelDensity(table([0, 1, 2, 3], 2), 0, { bandwidth: 1 })).toThrow(
      /one parameter/,
    );
    expect(() => logKernelDensity(table([0]), [0, 1], { bandwidth: 1 })).toThrow(/1 finite/);
    expect(() => logKernelDensity(table([0]), [0], { bandwidth: 0 })).toThrow(/positive/);
  });
});
