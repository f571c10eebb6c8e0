import { fromRows, toTensor, vonMisesCircle } from '@ebim/datasets';
import { key, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import { describe, expect, it } from 'vitest';
import {
  pushforwardSettings,
  variationalSettings,
  type PushforwardSettings,
} from '../definitions/pushforward-settings.js';
import { trainAutoencoder } from '../pipeline/train-autoencoder.js';
import { trainLatentDensity } from '../pipeline/train-latent-density.js';
import { evaluatePushforward, type PushforwardMetrics } from './evaluate-pushforward.js';
import { massScores, type WassersteinSetting } from './wasserstein.js';

await useBackend('wasm');

const circle = vonMisesCircle({ concentration: 2 });
const truth = fromRows(
  Array.from({ length: 200 }, (_, i) => [Math.cos((Math.PI * i) / 100), Math.sin((Math.PI * i) / 100)]),
);
const setting: WassersteinSetting = {
  grid: { lower: [-1.3, -1.3], upper: [1.3, 1.3], ticks: 40 },
  reference: { kind: 'density', points: truth, density: circle.logDensity(truth).map(Math.exp) },
  anchor: 'corner',
};

function tiny(
  settings: PushforwardSettings,
  epochs: { autoencoder: number; density: number },
): PushforwardSettings {
  const { autoencoder, density, evaluation } = settings;
  return {
    ...settings,
    autoencoder: { ...autoencoder, hidden: [16, 16], learningRate: 0.01, epochs: epochs.autoencoder },
    density: { ...density, hidden: [16], epochs: epochs.density, bufferCapacity: 500 },
    evaluation: { ...evaluation, latticeResolution: 500, partitionSamples: 2000 },
  };
}

async function run(settings: PushforwardSettings): Promise<PushforwardMetrics> {
  const points = circle.sample(key(1), 300);
  const x = toTensor(points);
  const first = await trainAutoencoder(settings, x, key(2), {});
  const { params } = first.state;
  const second = await trainLatentDensity(settings, params, x, key(3), {});
  const { metrics, lattice, logZ } = await evaluatePushforward(
    {
      settings,
      autoencoderParams: params,
      energyParams: second.state.params,
      box: second.box,
      points,
      setting,
    },
    key(4),
  );
  expect(lattice.points.rows).toBe(500);
  expect(logZ).toBe(metrics.logPartition.midpoint);
  treeDispose([x, first.state, second.state]);
  return metrics;
}

describe('evaluatePushforward', () => {
  installLeakGuard();

  it('measures a model that learned, every score in its order, and warns of nothing', async () => {
    const metrics = await run(
      tiny(pushforwardSettings('von-mises', 'reference'), { autoencoder: 60, density: 30 }),
    );
    const { distance, globalDistance, wasserstein, logPartition } = metrics;
    expect(distance.mean).toBeLessThan(0.05);
    expect(globalDistance.mean).toBeLessThanOrEqual(distance.mean + 1e-6);
    expect(wasserstein).not.toBeNull();
    if (wasserstein === null) return;
    expect(wasserstein.published).toBe(wasserstein.atOne.published);
    expect(wasserstein.published).toBeLessThan(wasserstein.uniform);
    // W1 is at most W2, relative to the same diameter, and both ways of weighing cells see the same density.
    expect(wasserstein.atOne.w1Relative).toBeLessThanOrEqual(Math.sqrt(wasserstein.atOne.published) + 1e-6);
    expect(wasserstein.atOne.w1ByArea).toBeLessThan(0.6);
    const gap = Math.abs(logPartition.monteCarlo - (logPartition.midpoint ?? NaN));
    expect(gap).toBeLessThan(5 * logPartition.standardError);
    expect(metrics.massBeyondData).toBeLessThan(0.5);
    // Above the uniform density on the circle, log 1 / 2 pi; not above the true one by more than fitting gives.
    expect(metrics.meanLogDensity).toBeGreaterThan(-2.2);
    expect(metrics.meanLogDensity).toBeLessThan(-0.8);
    expect(metrics.warnings).toEqual([]);
  });

  it('warns of one that did not', async () => {
    const settings = tiny(pushforwardSettings('von-mises', 'corrected'), { autoencoder: 1, density: 1 });
    const { warnings } = await run({
      ...settings,
      autoencoder: { ...settings.autoencoder, learningRate: 1e-6 },
    });
    expect(warnings.join()).toContain('train the autoencoder longer');
  });

  it('trains variational autoencoders too', async () => {
    const settings = tiny(variationalSettings('von-mises', 'corrected', 0.001), {
      autoencoder: 40,
      density: 2,
    });
    const { distance } = await run(settings);
    expect(distance.mean).toBeLessThan(0.3);
  });
});

describe('massScores', () => {
  it('adds masses up by cell', () => {
    const at = {
      grid: { lower: [0, 0], upper: [4, 4], ticks: 5 },
      reference: { kind: 'points', points: fromRows([[0.5, 0.5]]) },
      anchor: 'centre',
    } as const;
    // Masses 1 + 2 at (0.5, 0.5), 1 at (3.5, 0.5): a quarter moves by 3.
    const points = fromRows([
      [0.1, 0.2],
      [0.9, 0.7],
      [3.2, 0.1],
    ]);
    expect(massScores(at, points, Float64Array.of(1, 2, 1)).w1).toBeCloseTo(0.75, 12);
  });
});
