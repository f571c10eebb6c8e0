import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { expectDerivatives, scattered } from './gradient-checks.js';

const slopes = () => [...tf.tidy(() => tf.grad((x) => tf.abs(x))(tf.tensor1d([-2, 0, 3]))).dataSync()];

it('as shipped, the derivative at zero is -1', async () => {
  await tf.setBackend('cpu');
  expect(slopes()).toEqual([-1, -1, 1]);
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it('is the sign, also at zero', () => {
    expect(slopes()).toEqual([-1, 0, 1]);
  });

  it('has its derivatives elsewhere', () => {
    const x = scattered([3, 4]);
    expectDerivatives((t) => tf.mul(tf.abs(t), tf.square(t)), tf.add(x, tf.mul(tf.sign(x), 0.3)));
  });
});
