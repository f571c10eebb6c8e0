import { grad } from '@ebim/autodiff';
import { key, normal, useBackend } from '@ebim/runtime';
import { projectToManifold } from '@ebim/samplers';
import { installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ellipsoid } from './ellipsoid.js';
import { circle, sphere } from './sphere.js';
import { torus } from './torus.js';

const manifolds = [
  circle(),
  circle({ radius: 2, center: [1, -1] }),
  sphere(),
  sphere({ radius: 0.5, center: [1, 2, 3] }),
  sphere({ ambientDimension: 5 }),
  torus(),
  torus({ majorRadius: 2, minorRadius: 0.5 }),
];

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it.each(manifolds)('$name: zero at projected points, with a gradient of length one', async (manifold) => {
    const noise = normal(key(3), [200, manifold.ambientDimension]);
    const { position, status } = projectToManifold(manifold.constraint, noise);
    const value = manifold.constraint(position);
    expect(value.shape).toEqual([200, 1]);
    expect(Math.max(...(await value.data()).map(Math.abs))).toBeLessThan(1e-5);
    const slopes = grad((x: tf.Tensor) => tf.sum(manifold.constraint(x)))(position);
    const lengths = tf.tidy(() => tf.norm(slopes, 2, 1));
    for (const length of await lengths.data()) expect(length).toBeCloseTo(1, 4);
    tf.dispose([noise, position, { ...status }, value, slopes, lengths]);
  });

  it('torus: distance to the tube is what F tells to first order', async () => {
    const x = tf.tensor2d([
      [3, 0, 1.01],
      [0, 4.01, 0],
      [0, 0, 0],
    ]);
    const value = torus().constraint(x);
    const [up, out, middle] = await value.data();
    expect(up).toBeCloseTo(0.01, 3);
    expect(out).toBeCloseTo(0.01, 3);
    expect(middle).toBeCloseTo(4, 5);
    tf.dispose([x, value]);
  });
});

describe('volumes', () => {
  it('of spheres', () => {
    expect(circle().volume).toBeCloseTo(2 * Math.PI, 12);
    expect(sphere().volume).toBeCloseTo(4 * Math.PI, 12);
    expect(sphere({ ambientDimension: 4 }).volume).toBeCloseTo(2 * Math.PI ** 2, 12);
    expect(sphere({ ambientDimension: 5, radius: 2 }).volume).toBeCloseTo((16 * 8 * Math.PI ** 2) / 3, 9);
  });

  it('of the torus', () => {
    expect(torus().volume).toBeCloseTo(118.4352528, 6);
  });

  it('of ellipsoids: known values, and the sphere as a special case', () => {
    expect(ellipsoid([2, 1]).volume).toBeCloseTo(9.688448220547676, 9);
    expect(ellipsoid([3, 3]).volume).toBeCloseTo(6 * Math.PI, 9);
    expect(ellipsoid([2, 2, 2]).volume).toBeCloseTo(16 * Math.PI, 6);
    // Prolate spheroid a = b = 1, c = 2: 2 pi (1 + 2 asin(e) / e), e = sqrt(3) / 2.
    const e = Math.sqrt(3) / 2;
    expect(ellipsoid([1, 1, 2]).volume).toBeCloseTo(2 * Math.PI * (1 + (2 * Math.asin(e)) / e), 5);
  });

  it('do not depend on the order of the axes', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.3, max: 3, noNaN: true }), (a) => {
        expect(ellipsoid([a, 1]).volume).toBeCloseTo(ellipsoid([1, a]).volume, 8);
      }),
    );
    expect(ellipsoid([1, 2, 3]).volume).toBeCloseTo(ellipsoid([3, 1, 2]).volume, 3);
  });
});

describe('bad sizes', () => {
  it.each([
    () => circle({ radius: 0 }),
    () => circle({ radius: Number.NaN }),
    () => sphere({ center: [0, 0], ambientDimension: 3 }),
    () => sphere({ ambientDimension: 1 }),
    () => torus({ majorRadius: 1, minorRadius: 1 }),
    () => torus({ minorRadius: -1 }),
    () => ellipsoid([1]),
    () => ellipsoid([1, 1, Infinity]),
  ])('%s is refused', (make) => {
    expect(make).toThrow(/expected .* got/);
  });
});
