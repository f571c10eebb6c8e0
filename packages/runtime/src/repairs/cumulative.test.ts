import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered } from './gradient-checks.js';

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('cumsum along the first axis is silently wrong for square inputs, and throws for others', () => {
    expect(derivativeError((x) => tf.cumsum(x, 0), scattered([3, 3]), 1)).toBeGreaterThan(0.05);
    expect(() => derivativeError((x) => tf.cumsum(x, 0), scattered([2, 3]), 1)).toThrow();
  });

  it('cumprod has no gradient, prod no second one', () => {
    expect(() => derivativeError((x) => tf.cumprod(x, 0), scattered([3, 2]), 1)).toThrow();
    expect(() => derivativeError((x) => tf.prod(x, 0), scattered([3, 2]), 2)).toThrow();
  });
});

const flags = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
];

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it.each(flags)('cumsum, exclusive %s, reverse %s, along every axis', (exclusive, reverse) => {
    for (const axis of [0, 1, 2, -2]) {
      expectDerivatives((x) => tf.cumsum(x, axis, exclusive, reverse), scattered([3, 3, 3]));
    }
  });

  it.each(flags)('cumprod, exclusive %s, reverse %s, along every axis', (exclusive, reverse) => {
    for (const axis of [0, 1, -1]) {
      expectDerivatives((x) => tf.cumprod(x, axis, exclusive, reverse), scattered([3, 4]), 2);
    }
  });

  it('cumprod and prod at a zero', () => {
    const x = tf.tensor1d([2, 0, 3]);
    const ofCumprod = tf.grad((y: tf.Tensor) => tf.cumprod(y))(x);
    expect([...ofCumprod.dataSync()]).toEqual([1, 8, 0]);
    const first = tf.grad((y: tf.Tensor) => tf.prod(y));
    expect([...first(x).dataSync()]).toEqual([0, 6, 0]);
    const second = tf.grad((y: tf.Tensor) => tf.sum(first(y)));
    expect([...second(x).dataSync()]).toEqual([3, 5, 2]);
  });
});
