import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, ofImages, type Fn } from './gradient-checks.js';

const functions: Record<string, Fn> = {
  maxPool: (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'),
  'maxPool, overlapping': (x) => tf.maxPool(x as tf.Tensor4D, 3, 1, 'same'),
};
/** Distinct values, 0.03 apart: no maximum changes within the difference steps below. */
const point = (shift: number): tf.Tensor =>
  tf.tidy(() => {
    const order = Int32Array.from({ length: 80 }, (_, i) => (i * 37) % 80);
    return tf.add(tf.mul(tf.tensor(order, [2, 5, 4, 2], 'float32'), 0.03), shift);
  });

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));
  it.each(Object.entries(functions))('%s has no second derivative', (_name, f) => {
    expect(() => derivativeError(f, point(-1), 2, 2e-3)).toThrow(/PoolGrad/);
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it.each(Object.entries(functions))('%s has its derivatives', (_name, f) => {
    expectDerivatives(f, point(-1), 3, 2e-2, 2e-3);
  });

  it('windows without a positive entry get their gradient', () => {
    const x = tf.tensor4d([-4, -1, -3, -2], [1, 2, 2, 1]);
    const gradient = tf.grad(ofImages((y) => tf.maxPool(y, 2, 2, 'valid')))(x);
    expect([...gradient.dataSync()]).toEqual([0, 1, 0, 0]);
  });

  it('the same after a smooth activation, where values are negative', () => {
    const f = ofImages((x) => tf.maxPool(tf.elu(x), 2, 1, 'valid'));
    expectDerivatives(f, point(-2), 2, 2e-2, 2e-3);
  });
});
