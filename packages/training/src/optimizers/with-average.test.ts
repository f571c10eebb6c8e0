import * as tf from '@tensorflow/tfjs';
import { treeDispose, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { expect, it } from 'vitest';
import { adam } from './adam.js';
import { sgd } from './sgd.js';
import { averageOf, withAverage } from './with-average.js';

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('averages what the optimiser does, and does not change it', async () => {
    const [averaging, plain] = [
      withAverage(adam({ learningRate: 0.1 }), { decay: 0.8 }),
      adam({ learningRate: 0.1 }),
    ];
    let [a, b] = [{ w: tf.tensor1d([1, -2]) }, { w: tf.tensor1d([1, -2]) }];
    let [s, r] = [averaging.init(a), plain.init(b)];
    let expected = [1, -2];
    for (let t = 0; t < 40; t++) {
      const gradient = { w: tf.tensor1d([Math.sin(t), Math.cos(t)]) };
      const [x, y] = [averaging.update(gradient, s, a), plain.update(gradient, r, b)];
      treeDispose([a, b, s, r, gradient]);
      [a, b, s, r] = [x.params, y.params, x.state, y.state];
      const now = [...(await b.w.data())];
      expect([...(await a.w.data())]).toEqual(now);
      const kept = Math.min(0.8, (1 + t) / (10 + t));
      expected = expected.map((old, i) => kept * old + (1 - kept) * now[i]);
      const average = await averageOf(a, s).w.data();
      expected.forEach((value, i) => expect(average[i]).toBeCloseTo(value, 4));
    }
    treeDispose([a, b, s, r]);
  });

  it('leaks and changes nothing', async () => {
    const optimizer = withAverage(sgd({ learningRate: 1 }));
    const params = { w: tf.scalar(3) };
    const state = optimizer.init(params);
    const gradient = { w: tf.scalar(1) };
    expectNoLeak(() => optimizer.update(gradient, state, params));
    expect((await averageOf(params, state).w.data())[0]).toBe(3);
    treeDispose([params, state, gradient]);
  });
});

it('refuses a decay that is no share', () => {
  for (const decay of [-0.1, 1.1, NaN]) expect(() => withAverage(sgd(), { decay })).toThrow(/decay/);
});
