import * as tf from '@tensorflow/tfjs';
import { expectNoLeak, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';

const update = (x: tf.Tensor): tf.Tensor =>
  tf.tidy(() => tf.tensorScatterUpdate(x, tf.tensor2d([[2], [0]], [2, 1], 'int32'), tf.tensor1d([8, 9])));

it('as shipped, updating by index changes the argument on cpu', async () => {
  await tf.setBackend('cpu');
  const x = tf.tensor1d([1, 2, 3]);
  update(x);
  expect([...x.dataSync()]).toEqual([9, 2, 8]);
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it('updating by index changes a copy', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const y = update(x);
    expect([...y.dataSync()]).toEqual([9, 2, 8]);
    expect([...x.dataSync()]).toEqual([1, 2, 3]);
    expectNoLeak(() => update(x));
    tf.dispose([x, y]);
  });
});
