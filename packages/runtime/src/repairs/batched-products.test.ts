import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered } from './gradient-checks.js';

it('as shipped, a batch of matrices times one matrix cannot be differentiated by the latter', async () => {
  await tf.setBackend('cpu');
  const a = scattered([2, 3, 4], 2);
  expect(() => derivativeError((b) => tf.matMul(a, b), scattered([4, 2]), 1)).toThrow();
  expect(() => derivativeError((b) => tf.matMul(a, b), scattered([1, 4, 2]), 1)).toThrow();
});

const swapped = (shape: number[], swap: boolean): number[] =>
  swap ? [...shape.slice(0, -2), shape[shape.length - 1], shape[shape.length - 2]] : shape;

useTestBackends(TEST_BACKENDS, useBackend, () => {
  const batches = fc.constantFrom<[number[], number[]]>(
    [[], []],
    [[2], []],
    [[], [2]],
    [[2], [1]],
    [[1], [2]],
    [[3], [3]],
    [[2, 3], []],
    [
      [2, 3],
      [1, 1],
    ],
    [
      [2, 2],
      [2, 2],
    ],
  );
  it('has its derivatives by either operand, however batched and transposed', () => {
    fc.assert(
      fc.property(batches, fc.boolean(), fc.boolean(), ([batchA, batchB], transposeA, transposeB) => {
        const a = scattered(swapped([...batchA, 3, 4], transposeA), 2);
        const b = scattered(swapped([...batchB, 4, 2], transposeB), 3);
        expectDerivatives((x) => tf.matMul(x, b, transposeA, transposeB), a, 2, 1e-2);
        expectDerivatives((x) => tf.matMul(a, x, transposeA, transposeB), b, 2, 1e-2);
      }),
      { numRuns: 36 },
    );
  });
});
