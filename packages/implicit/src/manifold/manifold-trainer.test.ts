import { mlp } from '@ebim/nn';
import { key, treeDispose, uniform, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { adam, batches, fit } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { manifoldModel } from './manifold-model.js';
import { manifoldTrainer, type ManifoldTrainerOptions } from './manifold-trainer.js';

const model = manifoldModel(mlp({ inputSize: 2, outputSize: 1, hidden: [16, 16] }));
const bounds = { lower: -1.5, upper: 1.5 };
type Options = Partial<Omit<ManifoldTrainerOptions<ReturnType<typeof model.init>, never>, 'optimizer'>>;
const trainerOf = (options: Options = {}) =>
  manifoldTrainer({
    model,
    optimizer: adam({ learningRate: 0.01 }),
    bounds,
    sampler: { steps: 3, noiseScale: 0.1, stepSize: 10 },
    bufferCapacity: 60,
    ...options,
  });

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describe('manifoldTrainer', () => {
    installLeakGuard();

    it('takes a step without a leak, a function of its arguments', async () => {
      const trainer = trainerOf();
      const state = trainer.init(key(0));
      const batch = uniform(key(1), [20, 2]);
      const [a, b] = [trainer.step(key(2), state, batch), trainer.step(key(2), state, batch)];
      expect(Object.keys(a.stats).sort()).toEqual([
        'loss',
        'magnitude',
        'negative',
        'positive',
        'rank',
        'sampler/finite',
      ]);
      expect(await a.state.buffer.data()).toEqual(await b.state.buffer.data());
      expectNoLeak(() => trainer.step(key(3), state, batch));
      treeDispose([state, batch, a.state, { ...a.stats }, b.state, { ...b.stats }]);
    });

    it('keeps its chains in the box', async () => {
      const trainer = trainerOf({ sampler: { steps: 3, noiseScale: 2, stepSize: 10 } });
      const state = trainer.init(key(0));
      const batch = uniform(key(1), [30, 2]);
      const { state: next, stats } = trainer.step(key(2), state, batch);
      const values = [...(await next.buffer.data())];
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1.5);
      expect(values.filter((value) => Math.abs(value) === 1.5).length).toBeGreaterThan(5);
      treeDispose([state, batch, next, { ...stats }]);
    });

    it.each([{ loss: 'v1' as const }, { weights: { negativeWeight: 0 } }])(
      'samples nothing for %o',
      async (options) => {
        const trainer = trainerOf(options);
        const state = trainer.init(key(0));
        const batch = uniform(key(1), [20, 2]);
        const { state: next, stats } = trainer.step(key(2), state, batch);
        expect(await next.buffer.data()).toEqual(await state.buffer.data());
        expect(stats).not.toHaveProperty('sampler/finite');
        expect((await stats.negative.data())[0]).toBe(0);
        treeDispose([state, batch, next, { ...stats }]);
      },
    );
  });
});

describe('training a circle', () => {
  it('brings F to zero on the data and keeps it from zero elsewhere', async () => {
    await useBackend('wasm');
    const angles = tf.linspace(0, 2 * Math.PI, 201).slice(0, 200);
    const points = tf.stack([tf.cos(angles), tf.sin(angles)], 1);
    const trainer = trainerOf({
      weights: { rankWeight: 1 },
      sampler: { steps: 5, noiseScale: 0.1, stepSize: 10 },
    });
    const { state, status, history } = await fit({
      ...trainer,
      data: batches(points, { batchSize: 50, shuffle: true }),
      epochs: 80,
      key: key(4),
    });
    expect(status).toBe('completed');
    expect(history[79].stats.positive).toBeLessThan(0.15);
    const probes = tf.tensor2d([
      [0, 0],
      [1.4, 1.4],
      [0, 1],
      [-0.8, 0.6],
    ]);
    const values = model.constraint(state.params)(probes);
    const [center, corner, onTop, onLeft] = await values.data();
    // Inside and outside have opposite signs: that is a closed curve around the center.
    expect(center * corner).toBeLessThan(0);
    for (const on of [onTop, onLeft]) expect(Math.abs(on)).toBeLessThan(0.5 * Math.abs(center));
    treeDispose([state, points, probes, values, angles]);
  });
});

describe('options of manifoldTrainer', () => {
  it.each([
    { weights: { rankWeight: -1 } },
    { weights: { negativeWeight: Number.NaN } },
    { weights: { minSingularValue: 2, maxSingularValue: 1 } },
    { bounds: { lower: 1, upper: 1 } },
    { bufferCapacity: 0 },
  ])('refuses %o', (wrong) => {
    expect(() => trainerOf(wrong)).toThrow(/expected .* got/);
  });

  it('refuses a network that leaves no manifold', () => {
    expect(() => manifoldModel(mlp({ inputSize: 2, outputSize: 2, hidden: [] }))).toThrow('fewer');
  });
});
