import { jacobian } from '@ebim/autodiff';
import { fromRows } from '@ebim/datasets';
import { makeGrid } from '@ebim/plots';
import { key, normal, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyOverrides } from '../../config/overrides.js';
import { vonMises } from '../../definitions/von-mises.js';
import { trainFunction } from './functions.js';
import { leftInverseModel, planeFlow } from './left-inverse.js';

beforeAll(async () => void (await useBackend('wasm')));

describe('leftInverseModel', () => {
  installLeakGuard();

  it('is the first coordinate of a bijection: full rank, right inverse by padding with zeros', async () => {
    const flow = planeFlow();
    const params = flow.init(key(1));
    const model = leftInverseModel(flow, params, 1);
    expect(model).toMatchObject({ ambientDimension: 2, manifoldDimension: 1, codimension: 1 });
    const trained = model.init(key(2));
    const constraint = model.constraint(trained);
    const u = normal(key(3), [40, 1]);
    const [back, sizes] = tf.tidy(() => {
      const { x } = flow.inverse(params, tf.concat([u, tf.zeros([40, 1])], 1));
      return [constraint(x), tf.norm(tf.squeeze(jacobian(constraint)(x), [1]), 2, 1)];
    });
    const expected = await u.data();
    (await back.data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 3));
    for (const size of await sizes.data()) expect(size).toBeGreaterThan(0.05);
    // Permutations are not trained: every leaf can be differentiated.
    Object.values(trained).forEach((leaf) => expect(leaf.dtype).toBe('float32'));
    tf.dispose([u, back, sizes]);
    treeDispose([params, trained]);
  });
});

describe('trainFunction', () => {
  installLeakGuard();

  it('flattens what has no negatives and no rank term, and not what has', async () => {
    const set = ['manifold.epochs=40', 'manifold.rankWeight=1', 'manifold.bufferCapacity=200'];
    const config = applyOverrides(vonMises.config('reference', true), set);
    const points = fromRows(
      Array.from({ length: 200 }, (_, i) => [Math.cos(i * 0.0314), Math.sin(i * 0.0314)]),
    );
    const grid = makeGrid(
      [
        [-1.3, 1.3],
        [-1.3, 1.3],
      ],
      11,
    );
    const { signal } = new AbortController();
    const [healthy, mlp, flow] = [
      await trainFunction('healthy', config, points, grid, key(0), signal),
      await trainFunction('mlp', config, points, grid, key(0), signal),
      await trainFunction('left-inverse', config, points, grid, key(0), signal),
    ];
    for (const { status, values } of [healthy, mlp, flow]) {
      expect(status).toBe('completed');
      expect(values).toHaveLength(121);
      expect(values.every(Number.isFinite)).toBe(true);
    }
    expect(healthy.largest).toBeGreaterThan(0.3);
    expect(healthy.singular.median).toBeGreaterThan(0.5);
    for (const { largest, singular } of [mlp, flow]) {
      expect(largest).toBeLessThan(0.2 * healthy.largest);
      expect(singular.median).toBeLessThan(0.2 * healthy.singular.median);
    }
  });
});
