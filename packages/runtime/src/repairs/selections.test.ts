import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered, type Fn } from './gradient-checks.js';

/** Moves the columns apart, so that their order stays. */
const apart = (): tf.Tensor => tf.tensor1d([0, 3, 6, -3, -6]);

const functions: Record<string, Fn> = {
  'stridedSlice, every second': (x) => tf.stridedSlice(x, [0, 1], [4, 5], [2, 2]),
  'stridedSlice, backwards': (x) => tf.stridedSlice(x, [3, 4], [0, 0], [-1, -2]),
  'stridedSlice, masks and a dropped axis': (x) => tf.stridedSlice(x, [1, 2], [2, 3], [1, 1], 2, 2, 0, 0, 1),
  'topk values': (x) => tf.topk(tf.add(x, apart()), 3).values,
  diag: (x) => tf.diag(x),
};

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));
  it.each(Object.entries(functions))('%s has no gradient', (_name, f) => {
    expect(() => derivativeError(f, scattered([4, 5]), 1)).toThrow(/gradient function not found/);
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it.each(Object.entries(functions))('%s has its derivatives', (_name, f) => {
    expectDerivatives(f, scattered([4, 5]));
  });
});
