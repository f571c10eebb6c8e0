import * as tf from '@tensorflow/tfjs';
import { assertDerivatives } from '@ebim/autodiff';
import { parameterCount } from '@ebim/nn';
import { key, normal, treeDispose, uniform, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { alicesLoss, alicesSchedule, ratioEstimator } from './ratio-estimator.js';
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

  it('has the loss of the paper, with the right gradient', async () => {
    const estimator = ratioEstimator({
      dataSize: 2,
      contextSize: 2,
      hidden: [4],
      x: { mean: [0.5, -1], deviation: [2, 3] },
      context: { mean: [0.1, 0], deviation: [1.5, 0.5] },
    });
    const params = estimator.init(key(7));
    const rows = {
      x: normal(key(1), [3, 2]),
      context: normal(key(2), [3, 2]),
      scores: normal(key(3), [3, 2]),
      logRatio: tf.tensor2d([0.4, -1.2, 3], [3, 1]),
      label: tf.tensor2d([0, 1, 0], [3, 1]),
    };
    const loss = alicesLoss(estimator, { scoreWeight: 0.7 });
    const value = (p: typeof params): tf.Tensor => tf.tidy(() => loss.evaluate(p, rows, key(0), []).loss);
    const logs = async (context: tf.Tensor): Promise<Float32Array> => {
      const log = estimator.logRatio(params, rows.x, context);
      const values = await log.data<'float32'>();
      log.dispose();
      return values;
    };
    // BCE with s-hat = 1 / (1 + r-hat) and s = 1 / (1 + r), and the score by differences.
    const [estimates, ratios, scores] = [
      await logs(rows.context),
      await rows.logRatio.data(),
      await rows.scores.data(),
    ];
    let expected = 0;
    estimates.forEach((log, i) => {
      const [guess, truth] = [1 / (1 + Math.exp(log)), 1 / (1 + Math.exp(ratios[i]))];
      expected -= (truth * Math.log(guess) + (1 - truth) * Math.log(1 - guess)) / 3;
    });
    for (const j of [0, 1]) {
      const moved = [0.01, -0.01].map((by) =>
        tf.tidy(() => tf.add(rows.context, tf.tensor2d([j === 0 ? by : 0, j === 1 ? by : 0], [1, 2]))),
      );
      const [up, down] = [await logs(moved[0]), await logs(moved[1])];
      for (const i of [0, 2]) expected += (0.7 * ((up[i] - down[i]) / 0.02 - scores[2 * i + j]) ** 2) / 6;
      tf.dispose(moved);
    }
    const total = value(params);
    expect((await total.data())[0]).toBeCloseTo(expected, 3);
    await assertDerivatives(value, params, { directions: 3 });
    treeDispose([params, rows, total]);
  });

  it('is trained as published', () => {
    const estimator = ratioEstimator({ dataSize: 40, contextSize: 2 });
    const [{ epochs, phases }] = alicesSchedule(estimator);
    expect(epochs).toBe(50);
    expect(phases[0]).toMatchObject({ batchSize: 128, method: 'amsGrad', schedule: 'exponential' });
    const params = estimator.init(key(0));
    // Three layers of 100: 42 x 100 + 100, twice 100 x 100 + 100, 100 + 1.
    expect(parameterCount(params)).toBe(4300 + 2 * 10_100 + 101);
    treeDispose(params);
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
