import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered } from './gradient-checks.js';

it('as shipped, the gradient misses the mirrored entries', async () => {
  await tf.setBackend('cpu');
  const f = (x: tf.Tensor): tf.Tensor => tf.mirrorPad(x, [[1, 0]], 'symmetric');
  expect([
    ...tf
      .grad(f)(tf.tensor1d([1, 2]))
      .dataSync(),
  ]).toEqual([1, 1]);
  const g = (x: tf.Tensor): tf.Tensor => tf.mirrorPad(x, [[2, 1], [1, 2]], 'reflect'); // prettier-ignore
  expect(derivativeError(g, scattered([3, 4]), 1)).toBeGreaterThan(0.05);
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it('counts an entry as often as it appears', () => {
    const ones = (mode: 'reflect' | 'symmetric'): number[] => {
      const f = (x: tf.Tensor): tf.Tensor => tf.mirrorPad(x, [[2, 1]], mode);
      return [
        ...tf
          .grad(f)(tf.tensor1d([1, 2, 3]))
          .dataSync(),
      ];
    };
    expect(ones('symmetric')).toEqual([2, 2, 2]);
    expect(ones('reflect')).toEqual([1, 3, 2]);
  });

  it('has its derivatives for every padding and rank', () => {
    const padding = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }));
    fc.assert(
      fc.property(
        fc.array(padding, { minLength: 1, maxLength: 3 }),
        fc.constantFrom<'reflect' | 'symmetric'>('reflect', 'symmetric'),
        (paddings, mode) => {
          const x = scattered(paddings.map(() => 3));
          expectDerivatives((y) => tf.mirrorPad(y, paddings, mode), x, 2, 2e-2);
        },
      ),
      { numRuns: 20 },
    );
  });
});
