import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, expectNoLeak, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered, type Fn } from './gradient-checks.js';
import { repairSavedOutputs } from './saved-outputs.js';

const savesItsValue = tf.customGrad((x, save) => {
  const value = tf.exp(x as tf.Tensor);
  (save as tf.GradSaveFunc)([value]);
  return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]) };
});

const functions: Record<string, Fn> = {
  sigmoid: (x) => tf.sigmoid(x),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  tanh: (x) => tf.tanh(x),
  exp: (x) => tf.exp(x),
  softmax: (x) => tf.softmax(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  softplus: (x) => tf.softplus(x),
  customGrad: (x) => savesItsValue(x),
};
const later: Record<string, Fn> = {
  elu: (x) => tf.elu(x),
  selu: (x) => tf.selu(x),
  max: (x) => tf.max(x, 1),
  min: (x) => tf.min(x, 0, true),
  logSumExp: (x) => tf.logSumExp(x, 1),
};

/** Kept away from 0, where selu has a kink. */
const point = (): tf.Tensor =>
  tf.tidy(() => {
    const x = scattered([3, 4]);
    return tf.add(tf.mul(x, 2), tf.mul(tf.sign(x), 0.2));
  });

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it.each(['silu', 'softmax', 'logSoftmax', 'customGrad'])(
    'the second derivative of %s is wrong or throws',
    (name) => {
      const x = point();
      let error: number;
      try {
        error = derivativeError(functions[name], x, 2);
      } catch {
        error = Infinity;
      }
      expect(error).toBeGreaterThan(0.01);
    },
  );

  it('drops a part of the second derivative of silu in silence', () => {
    const first = tf.grad((x: tf.Tensor) => tf.mul(x, tf.sigmoid(x)));
    const second = tf.grad((x: tf.Tensor) => tf.sum(first(x)))(tf.tensor1d([1]));
    expect(second.dataSync()[0]).not.toBeCloseTo(0.30237, 2);
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it.each(Object.entries({ ...functions, ...later }))(
    'the derivatives of %s are right to the third order',
    (_name, f) => expectDerivatives(f, point()),
  );

  it('second derivatives of silu and tanh have their exact values', () => {
    const second = (f: Fn, at: number): number => {
      const first = tf.grad(f);
      return tf
        .grad((x: tf.Tensor) => tf.sum(first(x)))(tf.tensor1d([at]))
        .dataSync()[0];
    };
    expect(second((x) => tf.mul(x, tf.sigmoid(x)), 0)).toBeCloseTo(0.5, 6);
    const t = Math.tanh(0.7);
    expect(second((x) => tf.tanh(x), 0.7)).toBeCloseTo(-2 * t * (1 - t * t), 5);
  });

  it('weight gradients of a Jacobian penalty agree with finite differences', () => {
    const x = scattered([5, 3], 2);
    expectDerivatives(
      (w) => {
        const energy = (y: tf.Tensor): tf.Tensor => {
          const hidden = tf.matMul(y, w);
          return tf.sum(tf.mul(hidden, tf.sigmoid(hidden)));
        };
        return tf.sum(tf.square(tf.grad(energy)(x)), 1);
      },
      scattered([3, 4]),
      2,
    );
  });

  it('holds no tensors after the gradient', () => {
    const x = scattered([3, 4]);
    const first = tf.grad((y: tf.Tensor) => tf.softmax(y));
    expectNoLeak(() => tf.grad((y: tf.Tensor) => tf.sum(tf.square(first(y))))(x));
    x.dispose();
  });
});

it('installing twice wraps the engine once', () => {
  const engine = tf.engine() as unknown as { addTapeNode: unknown };
  const installed = engine.addTapeNode;
  repairSavedOutputs();
  expect(engine.addTapeNode).toBe(installed);
});
