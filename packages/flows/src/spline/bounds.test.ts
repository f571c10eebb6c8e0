import * as tf from '@tensorflow/tfjs';
import { grad } from '@ebim/autodiff';
import { key, normal, treeDispose, treeMap, useBackend, type TensorTree } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { maskedAutoregressive } from '../autoregressive/masked-autoregressive.js';
import { vectorFlow } from '../compose/vector-flow.js';
import { rationalQuadraticCoupling } from '../coupling/coupling-layers.js';
import type { AnyTransform } from '../transform/transform.js';
import { elementwiseSpline } from './elementwise-spline.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const BOUND = 3;
const SIZE = 3;
const spline = { size: SIZE, bins: 4, bound: BOUND } as const;
const network = { hidden: 6, blocks: 1, activation: 'tanh' } as const;

const transforms: [string, AnyTransform][] = [
  ['elementwise splines', elementwiseSpline(spline)],
  ['an even coupling', rationalQuadraticCoupling({ ...spline, ...network })],
  ['an odd coupling', rationalQuadraticCoupling({ ...spline, ...network, index: 1 })],
  [
    'a masked autoregressive transform',
    maskedAutoregressive({ ...spline, map: 'rationalQuadratic', hidden: [6], activation: 'tanh' }),
  ],
  ['a flow with LU maps', vectorFlow({ ...spline, ...network, layers: 2, linear: 'lu' })],
];

/** Entries at a bound, next to it by one bit of float32 on either side, inside and outside. */
const entry = fc.oneof(
  fc.constantFrom(...[-1, 1].flatMap((sign) => [2.9999998, 3, 3.0000002].map((at) => sign * at)), 0),
  fc.double({ min: -BOUND, max: BOUND, noNaN: true }),
  fc.double({ min: -5, max: 5, noNaN: true }),
  fc.constantFrom(-2 * BOUND, 2 * BOUND),
);
/** No points, one, or some. */
const batch = fc.array(fc.array(entry, { minLength: SIZE, maxLength: SIZE }), { maxLength: 3 });

describe.each(transforms)('%s, at, inside and outside of the bounds', (_, transform) => {
  installLeakGuard();
  const withParams = async (test: (params: TensorTree) => Promise<void>): Promise<void> => {
    const fresh = transform.init(key(1));
    let seed = 0;
    const params = treeMap(
      (leaf) =>
        leaf.dtype === 'float32'
          ? tf.tidy(() => tf.add(leaf, tf.mul(0.15, normal(key(++seed), leaf.shape))))
          : leaf.clone(),
      fresh,
    );
    await test(params);
    treeDispose([fresh, params]);
  };

  it('is undone by its inverse, with opposite log determinants', () =>
    withParams((params) =>
      fc.assert(
        fc.asyncProperty(batch, async (points) => {
          const results = tf.tidy(() => {
            const x = tf.tensor2d(points.flat(), [points.length, SIZE]);
            const there = transform.forward(params, x);
            const back = transform.inverse(params, there.y);
            return [back.x, there.logDetJacobian, back.logDetJacobian];
          });
          const [x, log, logBack] = await Promise.all(results.map((t) => t.data()));
          expect([x.length, log.length]).toEqual([SIZE * points.length, points.length]);
          points.forEach((point, i) => {
            // A flat stretch loses digits of x that no inverse can bring back.
            const lost = Math.max(1, Math.exp(-log[i]));
            const scale = lost * (1 + Math.max(...point.map(Math.abs)));
            point.forEach((value, j) => expect(Math.abs(x[SIZE * i + j] - value)).toBeLessThan(1e-5 * scale));
            expect(Math.abs(log[i] + logBack[i])).toBeLessThan(2e-4 * lost * (1 + Math.abs(log[i])));
          });
          tf.dispose(results);
        }),
        { numRuns: 40, seed: 3 },
      ),
    ));

  it('has finite derivatives to second order', () =>
    withParams((params) =>
      fc.assert(
        fc.asyncProperty(batch, async (points) => {
          if (points.length === 0) return;
          const gradients = tf.tidy(() => {
            const at = tf.tensor2d(points.flat(), [points.length, SIZE]);
            return (['forward', 'inverse'] as const).flatMap((direction) => {
              const total = (x: tf.Tensor): tf.Tensor => {
                const result = transform[direction](params, x);
                return tf.add(tf.sum('y' in result ? result.y : result.x), tf.sum(result.logDetJacobian));
              };
              const slope = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(grad(total)(x)));
              return [grad(total)(at), grad(slope)(at)];
            });
          });
          for (const gradient of gradients) expect((await gradient.data()).every(Number.isFinite)).toBe(true);
          tf.dispose(gradients);
        }),
        { numRuns: 5, seed: 4 },
      ),
    ));
});
