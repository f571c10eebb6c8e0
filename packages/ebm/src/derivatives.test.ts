import { assertDerivatives } from '@ebim/autodiff';
import { mlp, spectralNorm, type MlpParams, type Network } from '@ebim/nn';
import { key, treeDispose, uniform, useBackend, type TensorTree } from '@ebim/runtime';
import { installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import type * as tf from '@tensorflow/tfjs';
import { describe, it } from 'vitest';
import { contrastiveDivergenceLoss } from './contrastive-divergence-loss.js';
import { energyModel } from './energy-model.js';

const shape = { inputSize: 2, outputSize: 1, hidden: [4] };
const plain = mlp(shape);
const normalised = spectralNorm(plain, { initialIterations: 3 });

/** Checks the loss in parameters, data and samples at once, mixed derivatives too. */
async function checkLoss<P extends TensorTree, W extends TensorTree>(
  network: Network<P>,
  weights: W,
  paramsOf: (weights: W) => P,
): Promise<void> {
  const model = energyModel(network);
  const at = {
    weights,
    positives: uniform(key(1), [3, 2], { min: -1, max: 1 }),
    negatives: uniform(key(2), [2, 2], { min: -1, max: 1 }),
  };
  type Point = { readonly weights: W; readonly positives: tf.Tensor; readonly negatives: tf.Tensor };
  const loss = (point: Point): tf.Tensor =>
    contrastiveDivergenceLoss(
      (x) => model.energy(paramsOf(point.weights), x),
      point.positives,
      point.negatives,
      { negativeWeight: 0.7, magnitudeWeight: 0.3 },
    ).loss;
  await assertDerivatives(loss, at, { order: 2, directions: 2 });
  treeDispose([at.positives, at.negatives]);
}

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describe('contrastiveDivergenceLoss: derivatives to second order, in parameters, data and samples', () => {
    installLeakGuard();

    it.each(['silu', 'tanh', 'softplus'] as const)('of an mlp with %s', async (activation) => {
      const network = mlp({ ...shape, activation });
      const params = network.init(key(3));
      await checkLoss(network, params, (weights) => weights);
      treeDispose(params);
    });

    it('of a spectrally normalised mlp', async () => {
      const params = normalised.init(key(3));
      await checkLoss(normalised, params.network, (weights: MlpParams) => ({ ...params, network: weights }));
      treeDispose(params);
    });
  });
});
