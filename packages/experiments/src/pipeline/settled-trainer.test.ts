import { key, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import { fit, batches } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { settledTrainer, type Trainer } from './settled-trainer.js';

type Walk = { readonly params: { readonly at: tf.Tensor } };

/** Goes up from 0 by 0.01 a step. */
const walk: Trainer<Walk> = {
  init: () => ({ params: { at: tf.scalar(0) } }),
  step: (_key, { params }) => ({
    state: { params: { at: tf.add(params.at, 0.01) } },
    stats: { at: params.at.clone() as tf.Scalar },
  }),
};

const run = async (trainer: ReturnType<typeof settledTrainer<Walk['params'], Walk>>, epochs: number) => {
  const data = tf.zeros([1]);
  const { state, history } = await fit({
    ...trainer,
    data: batches(data, { batchSize: 1 }),
    epochs,
    key: key(0),
  });
  data.dispose();
  const [at] = await state.params.at.data();
  const [inside] = await state.training.params.at.data();
  treeDispose(state);
  return { at, inside, history };
};

describe('settledTrainer', () => {
  beforeAll(() => useBackend('wasm'));
  installLeakGuard();

  it('keeps the moving average and leaves training as it was', async () => {
    let [average, at] = [0, 0];
    for (let t = 0; t < 50; t++) {
      const kept = Math.min(0.9, (t + 1) / (t + 10));
      average = kept * average + (1 - kept) * (at += 0.01);
    }
    const found = await run(settledTrainer<Walk['params'], Walk>(walk, { decay: 0.9 }), 50);
    expect(found.inside).toBeCloseTo(0.5, 5);
    expect(found.at).toBeCloseTo(average, 5);
  });

  it('goes back to the average that scored best, and not to one from before scores are warm', async () => {
    const towards = (goal: number) =>
      settledTrainer<Walk['params'], Walk>(walk, {
        decay: 0,
        score: (_key, { at }) => tf.square(tf.sub(at, goal)) as tf.Scalar,
      });
    // Least at step 600; the score of the moving average lags by some hundred steps.
    const late = await run(towards(6), 1200);
    expect(late.inside).toBeCloseTo(12, 3);
    expect(late.at).toBeGreaterThan(5.9);
    expect(late.at).toBeLessThan(8);
    // Best at the start: the first warm score is the record.
    expect((await run(towards(0), 300)).at).toBeCloseTo(1, 1);
    // Ever better: the last.
    expect((await run(towards(100), 300)).at).toBeCloseTo(3, 3);
    // Too short to be warm: the last.
    expect((await run(towards(0), 20)).at).toBeCloseTo(0.2, 4);
  });
});
