import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered, type Fn } from './gradient-checks.js';
import { repairSavedOutputs } from './saved-outputs.js';

const elu: Fn = (x) => tf.elu(x);

it('as shipped, elu has no second derivative, nor with its saved output mended', async () => {
  await tf.setBackend('cpu');
  expect(() => derivativeError(elu, scattered([3, 4]), 2)).toThrow(/EluGrad/);
  repairSavedOutputs();
  expect(() => derivativeError(elu, scattered([3, 4]), 2)).toThrow(/EluGrad/);
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  it('has its derivatives', () => {
    // Away from 0, where the second derivative jumps.
    const x = scattered([3, 4]);
    expectDerivatives(elu, tf.add(x, tf.mul(tf.sign(x), 0.2)));
  });
});
