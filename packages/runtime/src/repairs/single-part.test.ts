import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered, type Fn } from './gradient-checks.js';

const functions: Record<string, Fn> = {
  'unstack of one': (x) => tf.unstack(tf.reshape(x, [1, 3, 4]))[0],
  'split into one': (x) => tf.split(x, 1, 1)[0],
  'bandPart of one matrix': (x) => tf.linalg.bandPart(x as tf.Tensor2D, 1, 0),
};

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));
  it.each(Object.entries(functions))('%s throws', (_name, f) => {
    expect(() => derivativeError(f, scattered([3, 4]), 1)).toThrow();
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  const several: Record<string, Fn> = {
    'unstack of three, one unused': (x) => {
      const [a, , c] = tf.unstack(x);
      return tf.mul(a, c);
    },
    'split, last axis by its negative number': (x) => {
      const [a, b] = tf.split(x, [1, 3], -1);
      return tf.mul(a, b);
    },
    'unstack along the last axis': (x) => tf.unstack(x, -1)[2],
  };
  it.each(Object.entries({ ...functions, ...several }))('%s', (_name, f) => {
    expectDerivatives(f, scattered([3, 4]));
  });
});
