import * as tf from '@tensorflow/tfjs';
import { key, normal, treeDispose, uniform, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { alicesSchedule, ratioEstimator } from './ratio-estimator.js';
import { trainStages } from './train-stages.js';

beforeAll(async () => {
  await useBackend('cpu');
});

describe('ALICES', () => {
  installLeakGuard();

  it('learns the ratio of two normal distributions', async () => {
    // p(x | theta) = N(theta, 1), reference 0: log r = theta x - theta² / 2, score x - theta.
    const count = 2000;
    const rows = tf.tidy(() => {
      const context = uniform(key(1), [count, 1], { min: -1, max: 1 });
      const label = tf.cast(tf.greater(uniform(key(2), [count, 1]), 0.5), 'float32');
      const x = tf.add(normal(key(3), [count, 1]), tf.mul(context, tf.sub(1, label)));
      const logRatio = tf.sub(tf.mul(context, x), tf.mul(0.5, tf.square(context)));
      return { x, context, scores: tf.sub(x, context), logRatio, label };
    });
    const estimator = ratioEstimator({
      dataSize: 1,
      contextSize: 1,
      hidden: [16],
      x: { mean: [0], deviation: [1.1] },
      context: { mean: [0], deviation: [0.6] },
    });
    const stages = alicesSchedule(estimator, { epochs: 30, batchSize: 50, learningRate: 0.02 });
    const { params, lastParams } = await trainStages(estimator, rows, stages, { key: key(0), compile: true });
    const [x, context] = [tf.tensor2d([[-1], [0], [1], [2]]), tf.tensor2d([[0.5], [-0.8], [0.8], [0]])];
    const learned = estimator.logRatio(params, x, context);
    const values = [...(await learned.data())];
    [-0.625, -0.32, 0.48, 0].forEach((truth, i) => expect(Math.abs(values[i] - truth)).toBeLessThan(0.12));
    treeDispose([params, lastParams, rows, x, context, learned]);
  });

  it('wants its rows, and sizes that fit', async () => {
    const estimator = ratioEstimator({ dataSize: 1, contextSize: 1, hidden: [2] });
    const x = tf.zeros([8, 1]);
    await expect(
      trainStages(estimator, { x }, alicesSchedule(estimator), { key: key(0), validation: 0 }),
    ).rejects.toMatchObject({ code: 'bad-rows' });
    x.dispose();
    expect(() => ratioEstimator({ dataSize: 2, contextSize: 1, x: { mean: [0], deviation: [1] } })).toThrow(
      '2 means',
    );
  });
});
