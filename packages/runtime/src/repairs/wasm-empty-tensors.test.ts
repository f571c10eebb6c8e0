import * as tf from '@tensorflow/tfjs';
import { expectNoLeak, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';

const nothing = (): tf.Tensor => tf.zeros([0, 2, 3]);
const cases: Record<string, [() => tf.Tensor, number[], number[]]> = {
  transpose: [() => tf.transpose(nothing(), [0, 2, 1]), [0, 3, 2], []],
  'sum, of an axis in the middle': [() => tf.sum(nothing(), 1), [0, 3], []],
  'mean, of an axis in the middle': [() => tf.mean(nothing(), 1), [0, 3], []],
  'max, of an axis in the middle': [() => tf.max(nothing(), 1, true), [0, 1, 3], []],
  'min, of an axis in the middle': [() => tf.min(nothing(), 1), [0, 3], []],
  'prod, of an axis in the middle': [() => tf.prod(nothing(), 1), [0, 3], []],
  'all, of an axis in the middle': [() => tf.all(tf.zeros([0, 2, 3], 'bool'), 1), [0, 3], []],
  'any, of an axis in the middle': [() => tf.any(tf.zeros([0, 2, 3], 'bool'), 1), [0, 3], []],
  'argMax, of an axis in the middle': [() => tf.argMax(nothing(), 1), [0, 3], []],
};

describe('as shipped', () => {
  beforeAll(async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    await tf.setBackend('wasm');
  });
  it.each(Object.entries(cases))('%s ends in an error on wasm', (_name, [f]) => {
    expect(f).toThrow(/divide by zero/);
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it.each(Object.entries(cases))('%s', (_name, [f, shape, values]) => {
    const ids = tf.engine().backend.numDataIds();
    tf.tidy(() => {
      const result = f();
      expect(result.shape).toEqual(shape);
      expect([...result.dataSync()]).toEqual(values);
    });
    expectNoLeak(() => tf.tidy(f));
    expect(tf.engine().backend.numDataIds()).toBe(ids);
  });

  it('sums nothing to zero', () => {
    expect([...tf.sum(tf.zeros([0, 3]), 0).dataSync()]).toEqual([0, 0, 0]);
    expect([...tf.prod(tf.zeros([2, 0]), 1).dataSync()]).toEqual([1, 1]);
  });

  it('leaves what has elements alone', () => {
    const swapped = tf.transpose(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]));
    expect([...swapped.dataSync()]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...tf.max(swapped, 0).dataSync()]).toEqual([3, 6]);
  });
});
