import { assertDerivatives } from '@ebim/autodiff';
import { mlp, type MlpParams } from '@ebim/nn';
import { key, normal, treeDispose, uniform, useBackend } from '@ebim/runtime';
import { installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import type * as tf from '@tensorflow/tfjs';
import { describe, it } from 'vitest';
import { ellipsoid } from './analytic/ellipsoid.js';
import { circle, sphere } from './analytic/sphere.js';
import { torus } from './analytic/torus.js';
import { manifoldLoss, manifoldLossV1, type ManifoldLossOptions } from './manifold/manifold-loss.js';
import { manifoldModel } from './manifold/manifold-model.js';

const NORMS = ['l1', 'l2', 'l2Squared'] as const;

/** All that a loss of a manifold-defining function depends on. */
type Point = { readonly params: MlpParams; readonly x: tf.Tensor; readonly negatives: tf.Tensor };

/** Hinges that every data point is on the sloped side of: at a hinge itself there is no second derivative. */
const HINGES = {
  'min only': { minSingularValue: 3 },
  'min and max': { minSingularValue: 3, maxSingularValue: 3 },
  max: { minSingularValue: 0, maxSingularValue: 0 },
} as const;

/** Checks a loss with k constraints in parameters and points at once, mixed derivatives too. */
async function checkLoss(
  k: number,
  loss: (constraint: (x: tf.Tensor) => tf.Tensor, at: Point, directions: tf.Tensor) => tf.Tensor,
): Promise<void> {
  const model = manifoldModel(mlp({ inputSize: k + 1, outputSize: k, hidden: [4] }));
  const at = {
    params: model.init(key(1)),
    x: uniform(key(2), [3, k + 1], { min: -1, max: 1 }),
    negatives: uniform(key(3), [2, k + 1], { min: -1, max: 1 }),
  };
  const directions = normal(key(4), [3, k]);
  await assertDerivatives(
    ({ ...point }: Point) => loss(model.constraint(point.params), point, directions),
    at,
    {
      order: 2,
      directions: 1,
    },
  );
  treeDispose([at, directions]);
}

const lossWith = (options: ManifoldLossOptions) => (k: number) =>
  checkLoss(
    k,
    (constraint, { x, negatives }, directions) =>
      manifoldLoss(constraint, x, directions, negatives, options).loss,
  );

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describe('derivatives to second order, in parameters, data and negatives', () => {
    installLeakGuard();

    describe.each([1, 2])('with %i constraints', (k) => {
      it.each(NORMS)('manifoldLoss with %s on data and negatives', (norm) =>
        lossWith({ ...HINGES['min only'], positiveNorm: norm, negativeNorm: norm })(k),
      );

      it.each(Object.entries(HINGES))('the rank regulariser, %s', (_, hinge) =>
        lossWith({ ...hinge, rankWeight: 10, negativeWeight: 0 })(k),
      );

      it('manifoldLossV1', () =>
        checkLoss(
          k,
          (constraint, { x }, directions) =>
            manifoldLossV1(constraint, x, directions, { minSingularValue: 3, rankWeight: 2 }).loss,
        ));
    });
  });

  describe('derivatives of analytic constraints to second order', () => {
    installLeakGuard();

    it.each([
      circle({ radius: 2, center: [1, -1] }),
      sphere({ radius: 0.5, center: [0.2, 0, 1] }),
      sphere({ ambientDimension: 5 }),
      torus(),
      torus({ majorRadius: 2, minorRadius: 0.5 }),
      ellipsoid([2, 1]),
      ellipsoid([1, 2, 3]),
    ])('$name in $ambientDimension dimensions', async ({ constraint, ambientDimension }) => {
      const x = normal(key(5), [6, ambientDimension]);
      await assertDerivatives((y: tf.Tensor) => constraint(y), x, { order: 2 });
      x.dispose();
    });
  });
});
