import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { repairCumulativeAxes } from './cumulative-axes.js';

const x = (): tf.Tensor => tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);

it('as shipped, a negative axis gives a tensor without a first axis on cpu', async () => {
  await tf.setBackend('cpu');
  expect(tf.cumsum(x(), -2).shape).toEqual([undefined, 2, 2]);
});

useTestBackends(TEST_BACKENDS, useBackend, (name) => {
  it('a negative axis counts from the end', () => {
    for (const axis of [0, 1, 2]) {
      const fromEnd = axis - 3;
      expect([...tf.cumsum(x(), fromEnd).dataSync()]).toEqual([...tf.cumsum(x(), axis).dataSync()]);
      expect([...tf.cumprod(x(), fromEnd).dataSync()]).toEqual([...tf.cumprod(x(), axis).dataSync()]);
    }
    expect([...tf.cumsum(x(), -2).dataSync()]).toEqual([1, 2, 4, 6, 5, 6, 12, 14]);
  });

  it('is installed once', () => {
    const kernel = tf.getKernel('Cumsum', name);
    repairCumulativeAxes();
    expect(tf.getKernel('Cumsum', name)).toBe(kernel);
  });
});
