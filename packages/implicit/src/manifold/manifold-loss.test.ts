import { grad } from '@ebim/autodiff';
import { mlp } from '@ebim/nn';
import { key, normal, treeDispose, treeLeaves, treeTidy, useBackend } from '@ebim/runtime';
import { installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { normOf } from '../norm.js';
import { manifoldLoss, manifoldLossV1 } from './manifold-loss.js';
import { manifoldModel } from './manifold-model.js';
import { rankRegulariser } from './rank-regulariser.js';

const numbers = async (tree: Record<string, tf.Tensor>) => {
  const entries = await Promise.all(
    Object.entries(tree).map(async ([name, value]) => [name, (await value.data())[0]] as const),
  );
  treeDispose(tree);
  return Object.fromEntries(entries) as Record<string, number>;
};

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describe('normOf', () => {
    installLeakGuard();

    it('measures rows', async () => {
      const value = tf.tensor2d([
        [3, -4],
        [0, 0],
      ]);
      const norms = { l1: [7, 0], l2: [5, 0], l2Squared: [25, 0] } as const;
      for (const [name, expected] of Object.entries(norms)) {
        const got = treeTidy(() => normOf(name as keyof typeof norms, value));
        expect([...(await got.data())]).toEqual(expected);
        got.dispose();
      }
      value.dispose();
    });

    it.each([1, 2])('has gradient zero, not NaN, at zero with %i outputs', async (k) => {
      const zero = tf.zeros([2, k]);
      const slope = grad((x: tf.Tensor) => tf.sum(normOf('l2', x)))(zero);
      expect([...(await slope.data())].every((value) => value === 0)).toBe(true);
      tf.dispose([zero, slope]);
    });

    it('refuses another name', () => {
      const value = tf.zeros([0, 1]);
      expect(() => normOf('l3' as 'l1', value)).toThrow("'l1', 'l2' or 'l2Squared'");
      value.dispose();
    });
  });

  describe('manifoldLoss', () => {
    // F(x) = (2 x1, x1 + 3 x2): J = [[2, 0], [1, 3]] everywhere, so that every term has a closed form.
    const linear = (x: tf.Tensor) =>
      tf.matMul(
        x,
        tf.tensor2d([
          [2, 1],
          [0, 3],
        ]),
      );
    const loss = (options: Parameters<typeof manifoldLoss>[4], negatives = true) =>
      numbers(
        treeTidy(() =>
          manifoldLoss(
            linear,
            tf.tensor2d([
              [1, 0],
              [0, 1],
            ]),
            // J^T v = (2, 0) for v = (1, 0) and (2 * 3 - 0, ...) for the other: lengths 2 and |(4, 12)| / 4.
            tf.tensor2d([
              [1, 0],
              [0, 4],
            ]),
            negatives ? tf.tensor2d([[2, 0]]) : null,
            options,
          ),
        ),
      );
    const positive = (Math.sqrt(5) + 3) / 2;
    const negative = Math.sqrt(16 + 4);

    it('is the completed Eq 8', async () => {
      const stretch = [2, Math.sqrt(1 + 9)];
      const terms = await loss({
        minSingularValue: 3,
        rankWeight: 10,
        negativeWeight: 0.3,
        magnitudeWeight: 0.5,
      });
      const rank = (3 - stretch[0]) ** 2 / 2;
      expect(terms.positive).toBeCloseTo(positive, 5);
      expect(terms.negative).toBeCloseTo(negative, 5);
      expect(terms.magnitude).toBeCloseTo(20, 4);
      expect(terms.rank).toBeCloseTo(rank, 5);
      expect(terms.loss).toBeCloseTo(positive - 0.3 * negative + 10 * rank + 0.5 * 20, 4);
    });

    it('bounds the singular values from above when asked to', async () => {
      const both = await loss({ minSingularValue: 2.5, maxSingularValue: 2.5 });
      expect(both.rank).toBeCloseTo((0.5 ** 2 + (Math.sqrt(10) - 2.5) ** 2) / 2, 5);
      const above = await loss({ minSingularValue: 0, maxSingularValue: 3 });
      expect(above.rank).toBeCloseTo((Math.sqrt(10) - 3) ** 2 / 2, 5);
    });

    it('switches norms separately', async () => {
      const terms = await loss({ positiveNorm: 'l1', negativeNorm: 'l2Squared' });
      expect(terms.positive).toBeCloseTo((3 + 3) / 2, 5);
      expect(terms.negative).toBeCloseTo(20, 5);
      expect(terms.magnitude).toBeCloseTo(400, 3);
    });

    it('leaves the negatives out without a weight or without any', async () => {
      for (const terms of [await loss({ negativeWeight: 0 }), await loss({}, false)]) {
        expect(terms).toMatchObject({ negative: 0, magnitude: 0 });
        expect(terms.loss).toBeCloseTo(positive + terms.rank, 5);
      }
    });

    it('has the variant of paper v1', async () => {
      const terms = await numbers(
        treeTidy(() =>
          manifoldLossV1(linear, tf.tensor2d([[1, 0]]), tf.tensor2d([[1, 0]]), {
            minSingularValue: 3,
            rankWeight: 2,
          }),
        ),
      );
      expect(terms.loss).toBeCloseTo(5 + 2 * 1, 5);
    });
  });

  describe('gradient of the rank regulariser', () => {
    it.each([
      { hidden: [8, 8, 8], k: 1 },
      { hidden: [6], k: 2 },
    ])('agrees with finite differences for %o', async ({ hidden, k }) => {
      const model = manifoldModel(mlp({ inputSize: 3, outputSize: k, hidden }));
      const params = model.init(key(5));
      const [x, v] = [normal(key(6), [20, 3]), normal(key(7), [20, k])];
      const value = (at: typeof params) =>
        rankRegulariser(model.constraint(at), x, v, { minSingularValue: 1 });
      const slope = grad(value)(params);
      const direction = treeLeaves(params).map((leaf, i) => normal(key(100 + i), leaf.shape));

      const along = tf.tidy(() =>
        treeLeaves(slope).reduce(
          (sum, leaf, i) => tf.add(sum, tf.sum(tf.mul(leaf, direction[i]))),
          tf.scalar(0),
        ),
      );
      const [analytic] = await along.data();
      const at = async (step: number) => {
        const moved = treeTidy(() => ({
          layers: params.layers.map((layer, i) => ({
            // Leaves in their fixed order: bias before kernel of each layer.
            bias: tf.add(layer.bias, tf.mul(direction[2 * i], step)),
            kernel: tf.add(layer.kernel, tf.mul(direction[2 * i + 1], step)),
          })),
        }));
        const result = tf.tidy(() => value(moved));
        const [number] = await result.data();
        treeDispose([moved, result]);
        return number;
      };
      const step = 3e-3;
      // Central difference of fourth order: float32 noise and truncation both stay below a percent.
      const numeric =
        (8 * ((await at(step)) - (await at(-step))) - ((await at(2 * step)) - (await at(-2 * step)))) /
        (12 * step);
      expect(Math.abs(analytic)).toBeGreaterThan(1e-2);
      expect(Math.abs(analytic - numeric) / Math.abs(numeric)).toBeLessThan(0.01);
      treeDispose([params, slope, x, v, along, ...direction]);
    });
  });
});
