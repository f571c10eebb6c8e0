import * as tf from '@tensorflow/tfjs';
import { expectNoLeak, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered, type Fn } from './gradient-checks.js';

const image = (): tf.Tensor => scattered([2, 3, 2, 3], 2);
const channels = (seed: number): tf.Tensor1D => scattered([3], seed) as tf.Tensor1D;
const variance = (): tf.Tensor1D => tf.add(1.5, channels(5));

/** By the name of the varied input; `other` stands for the scale and the offset that are there. */
const without: Record<string, [Fn, () => tf.Tensor]> = {
  'x, neither scale nor offset': [(x) => tf.batchNorm(x, channels(4), variance()), image],
  'x, no scale': [(x) => tf.batchNorm(x, channels(4), variance(), channels(6)), image],
  'mean, no scale': [(x) => tf.batchNorm(image(), x, variance()), () => channels(4)],
  'variance, no scale': [(x) => tf.batchNorm(image(), channels(4), x), variance],
  'offset, no scale': [(x) => tf.batchNorm(image(), channels(4), variance(), x), () => channels(6)],
  'all from one, no scale': [
    (x) => {
      const { mean, variance: spread } = tf.moments(x, [0, 1, 2]);
      return tf.batchNorm(x, mean, spread);
    },
    image,
  ],
};
const complete: Record<string, [Fn, () => tf.Tensor]> = {
  x: [(x) => tf.batchNorm(x, channels(4), variance(), channels(6), channels(7)), image],
  'x, no offset': [(x) => tf.batchNorm(x, channels(4), variance(), undefined, channels(7)), image],
  scale: [(x) => tf.batchNorm(image(), channels(4), variance(), channels(6), x), () => channels(7)],
  'mean, with a scale': [
    (x) => tf.batchNorm(image(), x, variance(), undefined, channels(7)),
    () => channels(4),
  ],
  'variance, with a scale': [(x) => tf.batchNorm(image(), channels(4), x, undefined, channels(7)), variance],
  'mean of the shape of x': [
    (x) => tf.batchNorm(image(), x, tf.add(1.5, scattered([2, 3, 2, 3], 5))),
    () => scattered([2, 3, 2, 3], 9),
  ],
  'rows of a matrix': [
    (x) => tf.batchNorm(x as tf.Tensor2D, channels(4), variance()),
    () => scattered([4, 3], 9),
  ],
};

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));
  it.each(Object.entries(without))('%s: throws', (_name, [f, x]) => {
    expect(() => derivativeError(f, x(), 1)).toThrow();
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it.each(Object.entries({ ...without, ...complete }))('%s', (_name, [f, x]) => {
    expectDerivatives(f, x(), 2, 1e-2);
  });

  it('leaves nothing behind', () => {
    const [x, mean, spread] = [image(), channels(4), variance()];
    const gradient = tf.grad((y: tf.Tensor) => tf.sum(tf.square(tf.batchNorm(y, mean, spread))));
    expectNoLeak(() => gradient(x));
    tf.dispose([x, mean, spread]);
  });
});
