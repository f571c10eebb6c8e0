import { mlp } from '@ebim/nn';
import { key, treeDispose, treeEntries, treeTidy, uniform, useBackend } from '@ebim/runtime';
import { langevin, uniformBox, type Energy } from '@ebim/samplers';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { adam, sgd } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { contrastiveDivergenceLoss } from './contrastive-divergence-loss.js';
import { contrastiveDivergence } from './contrastive-divergence.js';
import { energyModel, type EnergyModel } from './energy-model.js';

const bounds = { lower: -2, upper: 2 };

const trainerOf = (options: { clipNorm?: number | null; bufferFraction?: number } = {}) =>
  contrastiveDivergence({
    model: energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [8] })),
    optimizer: adam({ learningRate: 0.01 }),
    sampler: (energy) => langevin(energy, { noiseScale: 0.1, bounds }),
    chainSteps: 3,
    fresh: (k, count) => uniformBox(k, count, bounds, 2),
    bufferCapacity: 40,
    ...options,
  });

describe('contrastiveDivergenceLoss', () => {
  it('is the published formula', async () => {
    await useBackend('cpu');
    const energy: Energy = (x) => tf.sum(x, 1);
    const terms = treeTidy(() =>
      contrastiveDivergenceLoss(energy, tf.tensor2d([[1], [2]]), tf.tensor2d([[3], [4], [5]]), {
        negativeWeight: 0.5,
        magnitudeWeight: 0.1,
      }),
    );
    // mean E+ = 1.5, mean 0.5 E- = 2, squares (1 + 4) / 2 + (2.25 + 4 + 6.25) / 3
    expect((await terms.loss.data())[0]).toBeCloseTo(1.5 - 2 + 0.1 * (2.5 + 12.5 / 3), 6);
    treeDispose(terms);
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describe('contrastiveDivergence', () => {
    installLeakGuard();

    it('takes a step without a leak and names its statistics', async () => {
      const trainer = trainerOf();
      const state = trainer.init(key(0));
      const batch = uniform(key(1), [10, 2]);
      const next = trainer.step(key(2), state, batch);
      expect(Object.keys(next.stats).sort()).toEqual([
        'gradientNorm',
        'loss',
        'magnitude',
        'negative',
        'positive',
        'sampler/finite',
      ]);
      expect((await next.stats['sampler/finite'].data())[0]).toBe(1);
      expect(treeEntries(next.state).map(([path]) => path)).toEqual(treeEntries(state).map(([path]) => path));
      expectNoLeak(() => trainer.step(key(2), state, batch));
      treeDispose(state);
      treeDispose(next.state);
      treeDispose({ ...next.stats });
      batch.dispose();
    });

    it('gives the same bits for the same key and others for another', async () => {
      const trainer = trainerOf();
      const state = trainer.init(key(0));
      const batch = uniform(key(1), [10, 2]);
      const runs = [2, 2, 3].map((seed) => trainer.step(key(seed), state, batch));
      const [a, b, c] = await Promise.all(runs.map((run) => run.state.buffer.data()));
      expect(a).toEqual(b);
      expect(a).not.toEqual(c);
      runs.forEach((run) => treeDispose([run.state, { ...run.stats }]));
      treeDispose([state, batch]);
    });

    it('pushes the negatives in front of the buffer and keeps the pool', async () => {
      const trainer = trainerOf();
      const state = trainer.init(key(0));
      const batch = uniform(key(1), [10, 2]);
      const { state: next, stats } = trainer.step(key(2), state, batch);
      const [before, after] = [await state.buffer.data(), await next.buffer.data()];
      expect(after.slice(20)).toEqual(before.slice(0, 60));
      expect(await next.freshPool.data()).toEqual(await state.freshPool.data());
      treeDispose([state, batch, next, { ...stats }]);
    });

    it('follows the gradient of the loss, negatives held fixed', async () => {
      // Energy a x on points whose chains do not move: d loss / d a = mean(x) - mean(x').
      type Slope = { readonly slope: tf.Tensor };
      const linear: EnergyModel<Slope> = {
        pointShape: [1],
        init: () => ({ slope: tf.scalar(0) }),
        energy: (params, x) => tf.mul(params.slope, tf.squeeze(x, [1])),
      };
      const still = (energy: Energy) => langevin(energy, { noiseScale: 0, stepSize: 0 });
      const trainer = contrastiveDivergence({
        model: linear,
        optimizer: sgd({ learningRate: 1 }),
        sampler: still,
        chainSteps: 1,
        fresh: (_key, count) => tf.fill([count, 1], 3),
        bufferCapacity: 5,
        clipNorm: null,
      });
      const state = trainer.init(key(0));
      const batch = tf.tensor2d([[1], [0]]);
      const { state: next, stats } = trainer.step(key(1), state, batch);
      expect((await next.params.slope.data())[0]).toBeCloseTo(-(0.5 - 3), 6);
      treeDispose([state, batch, next, { ...stats }]);
    });

    it('clips the gradient by its global norm', async () => {
      const trainer = trainerOf({ clipNorm: 1e-3 });
      const free = trainerOf({ clipNorm: null });
      const state = trainer.init(key(0));
      const batch = uniform(key(1), [10, 2]);
      const [clipped, unclipped] = [trainer, free].map((t) => t.step(key(2), state, batch));
      expect(clipped.stats).toHaveProperty('gradientNorm');
      expect(unclipped.stats).not.toHaveProperty('gradientNorm');
      const moment = treeEntries(clipped.state.optimizer).filter(([path]) => path.includes('irst'));
      expect(moment.length).toBeGreaterThan(0);
      let squared = 0;
      for (const [, leaf] of moment) for (const value of await leaf.data()) squared += (value / 0.1) ** 2;
      expect(Math.sqrt(squared)).toBeLessThanOrEqual(1.001e-3);
      for (const run of [clipped, unclipped]) treeDispose([run.state, { ...run.stats }]);
      treeDispose([state, batch]);
    });
  });
});

describe('options of contrastiveDivergence', () => {
  it.each([
    [{ chainSteps: 0 }, 'chainSteps'],
    [{ poolSize: 1.5 }, 'poolSize'],
    [{ bufferCapacity: 0 }, 'bufferCapacity'],
    [{ bufferFraction: 1.2 }, 'bufferFraction'],
    [{ magnitudeWeight: -1 }, 'magnitudeWeight'],
    [{ magnitudeWeight: Number.NaN }, 'magnitudeWeight'],
  ])('refuses %o', (wrong, name) => {
    expect(() =>
      contrastiveDivergence({
        model: energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [] })),
        optimizer: adam(),
        sampler: (energy) => langevin(energy),
        chainSteps: 1,
        fresh: (k, count) => uniformBox(k, count, bounds, 2),
        ...wrong,
      }),
    ).toThrow(name);
  });
});
