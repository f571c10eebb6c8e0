import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered, type Fn } from './gradient-checks.js';

const pairs = (): tf.Tensor =>
  tf.tensor2d(
    [
      [0, 1],
      [3, 2],
      [0, 1],
      [2, 0],
    ],
    [4, 2],
    'int32',
  );

const functions: Record<string, Fn> = {
  'gatherND, with a repeated index': (x) => tf.gatherND(x, pairs()),
  'gatherND of rows': (x) => tf.gatherND(x, tf.tensor2d([[1], [1], [3]], [3, 1], 'int32')),
  'scatterND, with a repeated index': (x) => tf.scatterND(pairs(), tf.sum(x, 1), [4, 3]),
  'gather by the argmax of the input': (x) => tf.gather(x, tf.argMax(x, 0)),
};
const point = (): tf.Tensor => scattered([4, 3], 2);

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));
  it.each(Object.entries(functions))('%s: throws', (_name, f) => {
    expect(() => derivativeError(f, point(), 1)).toThrow();
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it.each(Object.entries(functions))('%s', (_name, f) => expectDerivatives(f, point()));

  it.each([0, 1, -1])('gather along axis %d, repeated indices', (axis) => {
    const indices = tf.tensor1d([2, 0, 2, 1], 'int32');
    expectDerivatives((x) => tf.gather(x, indices, axis), point());
  });
});
