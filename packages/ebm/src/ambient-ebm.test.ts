import { mlp } from '@ebim/nn';
import { key, normal, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import { adam, batches, fit } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { ambientEbm } from './ambient-ebm.js';
import { energyModel } from './energy-model.js';

await useBackend('wasm');

describe('ambientEbm', () => {
  installLeakGuard();

  it('learns a Gaussian: at temperature one its energy grows like half the square', async () => {
    const points = tf.tidy(() => tf.mul(0.5, normal(key(1), [400, 1])));
    const model = energyModel(mlp({ inputSize: 1, outputSize: 1, hidden: [16] }));
    const trainer = ambientEbm({
      model,
      optimizer: adam({ learningRate: 0.01 }),
      bounds: { lower: -3, upper: 3 },
      sampler: { steps: 10, noiseScale: 0.3, gradClamp: null },
      magnitudeWeight: 0.01,
      bufferCapacity: 1000,
    });
    const { state, status } = await fit({
      ...trainer,
      data: batches(points, { batchSize: 100, shuffle: true }),
      epochs: 100,
      key: key(0),
    });
    expect(status).toBe('completed');
    const grid = tf.tensor2d([[0], [0.5], [1], [-1]]);
    const energies = model.energy(state.params, grid);
    const [at0, at05, at1, atMinus1] = await energies.data();
    // Exact differences: 0.5 and 2. Training noise and the finite step leave some tenths.
    expect(at05 - at0).toBeGreaterThan(0.2);
    expect(at05 - at0).toBeLessThan(0.9);
    expect(at1 - at0).toBeGreaterThan(1.3);
    expect(at1 - at0).toBeLessThan(2.8);
    expect(atMinus1 - at0).toBeGreaterThan(1.3);
    expect(atMinus1 - at0).toBeLessThan(2.8);
    treeDispose([state, points, grid, energies]);
  });
});
