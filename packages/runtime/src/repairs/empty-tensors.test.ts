import * as tf from '@tensorflow/tfjs';
import { expectNoLeak, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';

const joined = (): tf.Tensor => tf.concat([tf.zeros([0, 2, 1]), tf.zeros([0, 1, 1])], 1);
const stacked = (): tf.Tensor => tf.stack([tf.zeros([0, 2]), tf.zeros([0, 2])], 1);
const picked = (): tf.Tensor => tf.gatherND(tf.ones([2, 2]), tf.zeros([0, 1], 'int32'));

it('as shipped, what concat makes of nothing cannot be sliced on cpu', async () => {
  await tf.setBackend('cpu');
  expect(() => tf.slice(joined(), [0, 0, 0], [0, 1, 1])).toThrow(/subarray/);
  expect(() => tf.slice(stacked(), [0, 0, 0], [0, 1, 1])).toThrow(/subarray/);
  expect(() => tf.slice(picked(), [0, 0], [0, 1])).toThrow(/subarray/);
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it('slices, joins and picks from nothing', () => {
    const slice = tf.slice(joined(), [0, 1, 0], [0, 2, 1]);
    expect(slice.shape).toEqual([0, 2, 1]);
    expect(slice.dataSync()).toEqual(new Float32Array(0));
    expect(tf.slice(stacked(), [0, 1, 0], [0, 1, 2]).shape).toEqual([0, 1, 2]);
    expect(tf.slice(picked(), [0, 0], [0, 1]).shape).toEqual([0, 1]);
    const integers = tf.concat([tf.zeros([0, 2], 'int32'), tf.zeros([0, 1], 'int32')], 1);
    expect(integers.dtype).toBe('int32');
    expect(integers.dataSync()).toEqual(new Int32Array(0));
  });

  it('still joins what is there', () => {
    expect([...tf.concat([tf.zeros([0]), tf.tensor1d([1, 2])]).dataSync()]).toEqual([1, 2]);
  });

  it('leaves nothing behind', () => {
    const parts = [tf.zeros([0, 2]), tf.zeros([0, 1])];
    const ids = tf.engine().backend.numDataIds();
    expectNoLeak(() => tf.concat(parts, 1));
    expectNoLeak(() => tf.tidy(picked));
    expect(tf.engine().backend.numDataIds()).toBe(ids);
    tf.dispose(parts);
  });
});
