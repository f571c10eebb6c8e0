import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered, type Fn } from './gradient-checks.js';

const rearrange: Fn = (x) => tf.depthToSpace(x as tf.Tensor4D, 2, 'NHWC');

it('as shipped, depthToSpace has no gradient', async () => {
  await tf.setBackend('cpu');
  expect(() => derivativeError(rearrange, scattered([2, 2, 3, 8]), 1)).toThrow(/DepthToSpace/);
});

useTestBackends(TEST_BACKENDS, useBackend, (name) => {
  it('has its derivatives', () => expectDerivatives(rearrange, scattered([2, 2, 3, 8])));

  // The cpu kernel takes channels last only.
  if (name === 'wasm') {
    it('also with channels first', () => {
      const f: Fn = (x) => tf.depthToSpace(x as tf.Tensor4D, 2, 'NCHW');
      expectDerivatives(f, scattered([2, 8, 2, 3]));
    });
  }
});
