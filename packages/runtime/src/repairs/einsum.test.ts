import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered, type Fn } from './gradient-checks.js';

const b = (...shape: number[]): tf.Tensor => scattered(shape, 4);
const functions: Record<string, Fn> = {
  'ij,jk->ik': (x) => tf.einsum('ij,jk->ik', x, b(4, 2)),
  'by the second operand': (x) => tf.einsum('ij, jk -> ik', b(2, 3), x),
  'outer product': (x) => tf.einsum('ij,k->kij', x, b(2)),
  'inner product': (x) => tf.einsum('ij,ij->', x, b(3, 4)),
  transposition: (x) => tf.einsum('ij->ji', x),
  'a label summed over in one operand': (x) => tf.einsum('ij,ik->k', x, b(3, 2)),
  'both operands': (x) => tf.einsum('ij,kj->ik', x, x),
  'sum of all': (x) => tf.einsum('ij->', x),
};
const point = (): tf.Tensor => scattered([3, 4]);

it.each(Object.entries(functions))('as shipped, %s has no gradient', async (_name, f) => {
  await tf.setBackend('cpu');
  expect(() => derivativeError(f, point(), 1)).toThrow(/gradient function not found/);
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it.each(Object.entries(functions))('%s has its derivatives', (_name, f) => {
    expectDerivatives(f, point());
  });
});
