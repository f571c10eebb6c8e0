import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered, type Fn } from './gradient-checks.js';

const functions: Record<string, Fn> = {
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  relu6: (x) => tf.relu6(tf.mul(x, 8)),
  minimum: (x) => tf.minimum(x, tf.square(x)),
  clipByValue: (x) => tf.clipByValue(x, -0.6, 0.61),
  max: (x) => tf.max(x, 1),
  prelu: (x) => tf.prelu(x, tf.scalar(0.2)),
};

/** Away from every kink of the functions above. */
const point = (): tf.Tensor =>
  tf.tensor2d([
    [0.2, -0.35, 0.5],
    [-0.9, 0.3, -0.15],
  ]);

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));
  it.each(Object.entries(functions))('the second derivative of %s throws', (_name, f) => {
    expect(() => derivativeError(f, point(), 2)).toThrow(/gradient function not found/);
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it.each(Object.entries(functions))('%s has its derivatives', (_name, f) => {
    expectDerivatives(f, point());
  });

  it('where() picks by a computed condition without a gradient through it', () => {
    const f: Fn = (x) => tf.where(tf.logicalAnd(tf.greater(x, 0), tf.less(x, 0.4)), x, tf.exp(x));
    expectDerivatives(f, point());
  });

  it('orthogonalises: the gradient of qr exists', () => {
    const x = scattered([3, 3], 2);
    expectDerivatives((a) => tf.linalg.qr(a)[1], x, 2, 2e-2);
  });
});
