import { fromRows, standardNormalPrior, uniformPrior } from '@ebim/datasets';
import { ambientFlow, vectorFlow } from '@ebim/flows';
import { metropolisParameters } from '@ebim/metrics';
import { foldIn, key, treeDispose, useBackend } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { flowLikelihoods, posteriorChains } from './flow-posterior.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const sizes = { samples: 400, burnIn: 20, stepSize: 0.5 };

describe('posteriorChains', () => {
  it('runs the chains that each set would have alone, with one call a step', async () => {
    const means = [-0.5, 0.2, 1.5];
    const prior = standardNormalPrior(1);
    let calls = 0;
    const chains = await posteriorChains(
      (thetas) => {
        calls++;
        return Promise.resolve(means.map((mean, i) => -2 * (thetas[i] - mean) ** 2));
      },
      { key: key(3), prior, starts: [[0], [0.1], [0.2]], ...sizes },
    );
    expect(calls).toBe(sizes.samples + sizes.burnIn + 1);
    for (const [i, mean] of means.entries()) {
      const alone = await metropolisParameters(
        (theta) => prior.logDensity(theta) - 2 * (theta[0] - mean) ** 2,
        { key: foldIn(key(3), i), start: [i / 10], ...sizes },
      );
      expect(chains[i].samples).toEqual(alone.samples);
    }
  });

  it('refuses proposals outside of the prior, and those whose likelihood is no number', async () => {
    const [chain, other] = await posteriorChains(
      (thetas) => Promise.resolve(Array.from(thetas, (t) => (t > 0.5 ? NaN : t < -0.5 ? Infinity : 0))),
      { key: key(1), prior: uniformPrior(1, -0.3, 1), starts: [[0], [0]], ...sizes },
    );
    for (const { data } of [chain.samples, other.samples]) {
      expect(Math.min(...data)).toBeGreaterThanOrEqual(-0.3);
      expect(Math.max(...data)).toBeLessThanOrEqual(0.5);
    }
    expect(chain.samples.data).not.toEqual(other.samples.data);
  });

  it('passes on what goes wrong, with no chain left waiting', async () => {
    const prior = uniformPrior(1, -1, 1);
    await expect(
      posteriorChains(() => Promise.reject(new Error('no memory')), {
        key: key(0),
        prior,
        starts: [[0], [0]],
        ...sizes,
      }),
    ).rejects.toThrow('no memory');
    await expect(
      posteriorChains((thetas) => Promise.resolve(thetas), {
        key: key(0),
        prior,
        starts: [[0], [7]],
        ...sizes,
      }),
    ).rejects.toMatchObject({ code: 'bad-start' });
  });
});

describe('flowLikelihoods', () => {
  it('adds up the log densities of each set at its own theta', async () => {
    const model = ambientFlow(vectorFlow({ size: 2, layers: 1, hidden: 4, contextSize: 1 }));
    const params = model.init(key(0));
    const rows = [
      [0.1, 0.2],
      [1, -1],
      [0.5, 0],
      [-0.3, 0.4],
    ];
    const { likelihoods, dispose } = flowLikelihoods(model, params, {
      observed: fromRows(rows),
      sets: 2,
      mode: 'exact',
    });
    const got = await likelihoods(Float64Array.of(0.3, -0.7));
    const wanted = tf.tidy(() =>
      [0.3, -0.7].map(
        (theta, i) =>
          tf
            .sum(
              model.logDensity(params, tf.tensor2d(rows.slice(2 * i, 2 * i + 2)), {
                context: tf.fill([2, 1], theta),
              }),
            )
            .dataSync()[0],
      ),
    );
    expect(got[0]).toBeCloseTo(wanted[0], 4);
    expect(got[1]).toBeCloseTo(wanted[1], 4);
    dispose();
    treeDispose(params);
  });
});
