import { standardNormalPrior } from '@ebim/datasets';
import { logKernelDensity } from '@ebim/metrics';
import { key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { ratioEvents } from './alices.js';
import { particleAnchors } from './anchors.js';
import { simulatedParticles, TRUE_THETAS } from './data.js';
import { inferTheta, LARGEST_LOG_POSTERIOR, priorLogPosterior } from './inference.js';
import { CHAINS, chainPlaces, observedRows, OBSERVED } from './observed.js';

const chains = { samples: 1500, burnIn: 300 };

describe('observed sets', () => {
  it('gives four chains to the first set of each theta, and one to the others', () => {
    const places = chainPlaces(3);
    expect(places).toHaveLength(3 * (CHAINS + 2));
    expect(places.slice(0, 6).map(({ set }) => set)).toEqual([0, 0, 0, 0, 1, 2]);
    const { tests } = simulatedParticles(0, { train: 1, test: 3 * OBSERVED });
    const rows = observedRows(tests, places);
    expect(rows.rows).toBe(OBSERVED * places.length);
    const at = (chain: number) => rows.data.slice(chain * OBSERVED * 40, chain * OBSERVED * 40 + 40);
    expect(at(3)).toEqual(tests[0].data.slice(0, 40));
    expect(at(11)).toEqual(tests[1].data.slice(2 * OBSERVED * 40, 2 * OBSERVED * 40 + 40));
  });
});

describe('inferTheta', () => {
  it('gives the log posterior of a normal likelihood around the truth', async () => {
    const variance = 0.09;
    const places = chainPlaces(2);
    const found = await inferTheta(
      (thetas) =>
        Promise.resolve(
          places.map(({ test }, i) => {
            const [a, b] = TRUE_THETAS[test];
            return -((thetas[2 * i] - a) ** 2 + (thetas[2 * i + 1] - b) ** 2) / (2 * variance);
          }),
        ),
      { sets: 2, key: key(1), chains },
    );
    // With the prior the posterior is N(theta / (1 + variance), variance / (1 + variance)), and the kernel widens it.
    const spread = variance / (1 + variance) + 0.15 ** 2;
    TRUE_THETAS.forEach(([a, b], i) => {
      const off = ((a * a + b * b) * variance ** 2) / (1 + variance) ** 2;
      const exact = -Math.log(2 * Math.PI * spread) - off / (2 * spread);
      expect(Math.abs((found?.first[i] ?? NaN) - exact)).toBeLessThan(0.12);
      expect(found?.all[i]).toHaveLength(2);
      expect(found?.rHat[i]).toBeLessThan(1.1);
      expect(found?.draws[i].rows).toBeLessThanOrEqual(500);
    });
  });

  it('gives nothing where a likelihood is no number', async () => {
    const nothing = await inferTheta((thetas) => Promise.resolve(thetas.map(() => NaN).slice(0, 12)), {
      sets: 1,
      key: key(1),
      chains,
    });
    expect(nothing).toBeNull();
  });

  it('knows what the prior and a perfect posterior get', () => {
    const draws = standardNormalPrior(2).sample(key(2), 20_000);
    priorLogPosterior().forEach((value, i) =>
      expect(Math.abs(value - logKernelDensity(draws, TRUE_THETAS[i], { bandwidth: 0.15 }))).toBeLessThan(
        0.1,
      ),
    );
    expect(LARGEST_LOG_POSTERIOR).toBeCloseTo(1.957, 2);
  });
});

describe('anchors', () => {
  it('order events, shuffled events and noise, and infer theta from hidden variables', async () => {
    const data = simulatedParticles(0, { train: 1, test: 100 });
    const { closure, partons } = await particleAnchors(data, { sets: 2, key: key(3), chains });
    expect(closure.events).toBeLessThan(1e-12);
    expect(closure.reshuffled).toBeGreaterThan(0.2);
    expect(closure.noise).toBeGreaterThan(closure.reshuffled ?? NaN);
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(partons?.all.flat() ?? [])).toBeGreaterThan(mean(priorLogPosterior()));
  });
});

describe('events for ratio estimators', () => {
  it('have joint ratios of mean 1 under the reference, and scores at the theta of the row', () => {
    const count = 20_000;
    const { x, context, scores, logRatio, label } = ratioEvents(0, count);
    expect(x.columns).toBe(40);
    const ratios = [...logRatio.data].filter((_, i) => label.data[i] === 1).map(Math.exp);
    expect(ratios).toHaveLength(count / 2);
    const mean = ratios.reduce((a, b) => a + b, 0) / ratios.length;
    expect(Math.abs(mean - 1)).toBeLessThan(0.05);
    // Scores average to 0 where events are drawn at their theta, and the ratio is 1 at the reference only.
    const drawn = scores.data.subarray(0, count);
    expect(Math.abs(drawn.reduce((a, b) => a + b, 0) / drawn.length)).toBeLessThan(0.03);
    expect(context.data.every((value) => value !== 0)).toBe(true);
  });
});
