import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered, type Fn } from './gradient-checks.js';

const column = (): tf.Tensor => scattered([3, 1], 2);
const functions: Record<string, Fn> = {
  'squaredDifference, left': (x) => tf.squaredDifference(x, scattered([2, 3, 4], 5)),
  'squaredDifference, right': (x) => tf.squaredDifference(scattered([3, 4], 5), x),
  'squaredDifference, both at once': (x) => tf.squaredDifference(x, tf.reshape(tf.square(x), [1, 3])),
  // Away from where the operands meet, so that differences see one side only.
  'maximum, left': (x) => tf.maximum(x, tf.mul(3, scattered([2, 3, 4], 7))),
  'maximum, right': (x) => tf.maximum(tf.mul(3, scattered([3, 4], 7)), x),
  'minimum, left': (x) => tf.minimum(x, tf.mul(3, scattered([2, 3, 4], 7))),
  'minimum, right': (x) => tf.minimum(tf.mul(3, scattered([3, 4], 7)), x),
};

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));
  it.each(Object.entries(functions))('%s throws', (_name, f) => {
    expect(() => derivativeError(f, column(), 1)).toThrow(/does not match the shape/);
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it.each(Object.entries(functions))('%s', (_name, f) => expectDerivatives(f, column(), 3, 1e-2));

  it('a scalar against a matrix, and equal shapes', () => {
    expectDerivatives((x) => tf.squaredDifference(tf.sum(x), x), column());
    expectDerivatives((x) => tf.squaredDifference(x, tf.square(x)), column());
  });
});
