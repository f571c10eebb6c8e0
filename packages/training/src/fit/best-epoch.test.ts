import * as tf from '@tensorflow/tfjs';
import { key, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { expect, it } from 'vitest';
import { batches } from '../data/batches.js';
import { bestEpoch, type BestEpochOptions } from './best-epoch.js';
import { fit } from './fit.js';

type State = { readonly at: tf.Tensor };

/** A run whose state after epoch e is e + 1, scored as told. */
async function run(scoreAt: (at: number) => number, options: Omit<BestEpochOptions<State>, 'score'> = {}) {
  const data = tf.zeros([1]);
  const watch = bestEpoch<State>({
    score: async ({ at }) => scoreAt((await at.data())[0]),
    ...options,
  });
  const { state, history, status } = await fit<State>({
    init: () => ({ at: tf.scalar(0) }),
    step: (_, { at }) => ({ state: { at: tf.add(at, 1) }, stats: {} }),
    data: batches(data, { batchSize: 1 }),
    epochs: 12,
    key: key(0),
    onEvent: watch.onEvent,
    signal: watch.signal,
  });
  const best = watch.take();
  const at = best === null ? null : (await best.state.at.data())[0];
  const again = watch.take();
  treeDispose(state);
  data.dispose();
  if (best !== null) treeDispose(best.state);
  return { best, at, again, status, epochs: history.length, scores: watch.scores };
}

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('keeps the best state, not the last, and hands it over once', async () => {
    const { best, at, again, status, scores } = await run((x) => Math.abs(x - 5) - 1);
    expect(best).toMatchObject({ epoch: 4, score: -1 });
    expect(at).toBe(5);
    expect(again).toBeNull();
    expect(status).toBe('completed');
    expect(scores.map(({ score }) => score)).toEqual([3, 2, 1, 0, -1, 0, 1, 2, 3, 4, 5, 6]);
  });

  it('stops when patience is at its end, counting scores and not epochs', async () => {
    // Scored at 2, 4, 6, ...: best at 4, then 6 and 8 are worse.
    const { at, status, epochs } = await run((x) => Math.abs(x - 5), { everyEpochs: 2, patience: 2 });
    expect([at, status, epochs]).toEqual([4, 'stopped', 8]);
  });

  it('starts to wait anew after an improvement; an equal score is none', async () => {
    const falling = [9, 10, 8, 8, 8, 7, 7, 7, 7, 7, 7, 7];
    const { at, epochs } = await run((x) => falling[x - 1], { patience: 3 });
    expect([at, epochs]).toEqual([6, 9]);
  });

  it('takes no score that is not finite', async () => {
    expect((await run((x) => (x === 3 ? 1 : NaN))).at).toBe(3);
    const { best, epochs } = await run(() => -Infinity, { patience: 4 });
    expect(best).toBeNull();
    expect(epochs).toBe(4);
  });
});

it('refuses options that are no counts', () => {
  const score = () => 0;
  expect(() => bestEpoch({ score, everyEpochs: 0 })).toThrow(/everyEpochs/);
  expect(() => bestEpoch({ score, patience: 0.5 })).toThrow(/patience/);
});
