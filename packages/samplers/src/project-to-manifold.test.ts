import * as tf from '@tensorflow/tfjs';
import { ConfigError, ShapeError, key, treeDispose, useBackend } from '@ebim/runtime';
import { TEST_BACKENDS, expectNoLeak, installLeakGuard, useTestBackends } from '@ebim/testing';
import { describe, expect, it } from 'vitest';
import { uniformBox } from './bounds.js';
import { projectToManifold } from './project-to-manifold.js';
import { gradientDescent } from './solvers/gradient-descent.js';
import { lbfgs } from './solvers/lbfgs.js';
import { newton } from './solvers/newton.js';
import { flatTorus, torus, unitSphere } from './test-constraints.js';
import { rowsOf } from './test-support.js';

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describe('projectToManifold', () => {
    installLeakGuard();

    it('brings uniform noise onto torus and flat torus by Newton', async () => {
      for (const [constraint, n, side] of [
        [torus, 3, 4.5],
        [flatTorus, 4, 2],
      ] as const) {
        const x = uniformBox(key(3), 200, { lower: -side, upper: side }, n);
        const { position, status } = projectToManifold(constraint, x);
        expect(Array.from(await status.converged.data())).not.toContain(0);
        expect(Array.from(await status.finite.data())).not.toContain(0);
        const value = tf.tidy(() => tf.max(tf.abs(constraint(position)), 1));
        expect(Math.max(...(await value.data()))).toBeLessThan(2e-5);
        expect(Array.from(await value.data())).toEqual(Array.from(await status.residual.data()));
        expect((await status.iterations.data())[0]).toBeLessThan(20);
        treeDispose([x, position, status, value]);
      }
    });

    it('finds no manifold where F and its Jacobian are zero everywhere', async () => {
      const x = uniformBox(key(3), 5, { lower: -1, upper: 1 }, 2);
      for (const solver of [newton(), lbfgs()]) {
        const nothing = (at: tf.Tensor): tf.Tensor => tf.mul(tf.sum(at, 1, true), 0);
        const { position, status } = projectToManifold(nothing, x, solver);
        expect(Array.from(await status.converged.data())).toEqual([0, 0, 0, 0, 0]);
        expect(Array.from(await position.data())).toEqual(Array.from(await x.data()));
        treeDispose([position, status]);
      }
      x.dispose();
    });

    it('finds the point along the ray to the circle, from inside and outside, by every solver', async () => {
      const x = tf.tensor2d([
        [3, 4],
        [0.3, 0.4],
        [-0.9, 0],
        [0, 1],
      ]);
      const solvers = [
        newton(),
        lbfgs(),
        lbfgs({ strongWolfe: false }),
        lbfgs({ chunkSize: 3 }),
        gradientDescent({ learningRate: 0.02, steps: 500 }),
      ];
      for (const solver of solvers) {
        const { position, status } = projectToManifold(unitSphere, x, solver, { tolerance: 1e-3 });
        expect(Array.from(await status.converged.data()), JSON.stringify(solver)).toEqual([1, 1, 1, 1]);
        const rows = await rowsOf(position);
        [
          [0.6, 0.8],
          [0.6, 0.8],
          [-1, 0],
          [0, 1],
        ].forEach((row, i) =>
          row.forEach((v, j) => expect(rows[i][j], JSON.stringify(solver)).toBeCloseTo(v, 2)),
        );
        treeDispose([position, status]);
      }
      x.dispose();
    });

    it('descends the mean over the batch, as the reference does: k times the batch, k times slower', async () => {
      const x = tf.tensor2d([
        [1.1, 0],
        [1, 0],
        [1, 0],
        [1, 0],
      ]);
      const solver = gradientDescent({ learningRate: 1, steps: 1 });
      const { position, status } = projectToManifold(unitSphere, x, solver);
      // d/dx of (x^2 - 1)^2 / 4 at 1.1
      expect((await rowsOf(position))[0][0]).toBeCloseTo(1.1 - (2 * 0.21 * 2.2) / 4, 5);
      treeDispose([x, position, status]);
    });

    it('says which points did not arrive, and leaves them finite', async () => {
      // x^2 + 1 has no zero; the second output does.
      const unsolvable = (x: tf.Tensor): tf.Tensor => {
        const [a, b] = tf.split(x, 2, 1);
        return tf.where(tf.less(b, 0), tf.add(tf.square(a), 1), tf.sub(tf.square(a), 1));
      };
      const x = tf.tensor2d([
        [0.5, -1],
        [0.5, 1],
        [0, 1],
      ]);
      const { position, status } = projectToManifold(unsolvable, x);
      expect(Array.from(await status.converged.data())).toEqual([0, 1, 0]);
      expect(Array.from(await status.finite.data())).toEqual([1, 1, 1]);
      const residual = await status.residual.data();
      expect(residual[0]).toBeGreaterThanOrEqual(1);
      // At a = 0 the gradient vanishes: there is no way to go.
      expect((await rowsOf(position))[2]).toEqual([0, 1]);
      treeDispose([x, position, status]);
    });

    it('does not make a point worse for the others, and does not hand on a NaN', async () => {
      const x = tf.tensor2d([
        [3, 4],
        [Number.NaN, 0],
        [0.1, 0.1],
      ]);
      const { position, status } = projectToManifold(unitSphere, x);
      expect(Array.from(await status.converged.data())).toEqual([1, 0, 1]);
      expect(Array.from(await status.finite.data())).toEqual([1, 0, 1]);
      const first = tf.slice(x, 0, 1);
      const alone = projectToManifold(unitSphere, first);
      expect((await rowsOf(alone.position))[0]).toEqual((await rowsOf(position))[0]);
      treeDispose([x, first, position, status, alone.position, alone.status]);
    });

    it('leaves points of the manifold where they are, and takes an empty batch', async () => {
      const x = tf.tensor2d([
        [0, 1],
        [-1, 0],
      ]);
      const empty = tf.zeros([0, 2]);
      for (const solver of [newton(), lbfgs()]) {
        const { position, status } = projectToManifold(unitSphere, x, solver);
        expect(await rowsOf(position)).toEqual(await rowsOf(x));
        const none = projectToManifold(unitSphere, empty, solver);
        expect(none.position.shape).toEqual([0, 2]);
        expect(none.status.converged.shape).toEqual([0]);
        treeDispose([position, status, none.position, none.status]);
      }
      tf.dispose([x, empty]);
    });

    it('leaks nothing', () => {
      const x = tf.tensor2d([
        [3, 4],
        [1, 0.5],
      ]);
      for (const solver of [newton(), lbfgs(), gradientDescent()])
        expectNoLeak(() => projectToManifold(unitSphere, x, solver));
      x.dispose();
    });
  });
});

describe('projectToManifold arguments', () => {
  it('refuses a point without batch axis, and a tolerance of 0', () => {
    const [point, batch] = [tf.ones([2]), tf.ones([1, 2])];
    expect(() => projectToManifold(unitSphere, point)).toThrow(ShapeError);
    expect(() => projectToManifold(unitSphere, batch, newton(), { tolerance: 0 })).toThrow(ConfigError);
    tf.dispose([point, batch]);
  });
});
