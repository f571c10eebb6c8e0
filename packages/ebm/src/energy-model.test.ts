import { mlp } from '@ebim/nn';
import { key, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { energyModel } from './energy-model.js';

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('squeezes the output of a network', () => {
    const model = energyModel(mlp({ inputSize: 3, outputSize: 1, hidden: [4] }));
    const params = model.init(key(0));
    for (const count of [0, 1, 7]) {
      const x = tf.zeros([count, 3]);
      const energy = model.energy(params, x);
      expect(energy.shape).toEqual([count]);
      tf.dispose([x, energy]);
    }
    treeDispose(params);
  });

  it('refuses a network with two outputs', () => {
    expect(() => energyModel(mlp({ inputSize: 2, outputSize: 2, hidden: [] }))).toThrow('one output');
  });
});
