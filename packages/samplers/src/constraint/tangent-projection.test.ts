import * as tf from '@tensorflow/tfjs';
import { referenceConjugateGradient } from '@ebim/autodiff';
import { ShapeError, key, normal, split, useBackend, type Key } from '@ebim/runtime';
import { TEST_BACKENDS, expectNoLeak, installLeakGuard, useTestBackends } from '@ebim/testing';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../test-support.js';
import { torus, unitSphere } from '../test-constraints.js';
import type { Constraint } from './constraint-frame.js';
import { solveSmall } from './small-solve.js';
import {
  cholesky,
  conjugateGradient,
  tangentProjection,
  type TangentProjection,
} from './tangent-projection.js';

/** `W x + sin(W x) / 4`: J = diag(1 + cos(W x) / 4) W, of full rank. */
const wavy =
  (weights: tf.Tensor): Constraint =>
  (x) => {
    const y = tf.matMul(x, weights);
    return tf.add(y, tf.mul(tf.sin(y), 0.25));
  };

const draw = (from: Key, shape: number[]): tf.Tensor => normal(from, shape);

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describe('tangentProjection', () => {
    installLeakGuard();

    it('removes the normal of the circle', async () => {
      const [x, u] = [
        tf.tensor2d([
          [1, 0],
          [0.6, 0.8],
        ]),
        tf.tensor2d([
          [3, 4],
          [0.6, 0.8],
        ]),
      ];
      const p = tangentProjection(unitSphere, x, u);
      const rows = await rowsOf(p);
      [
        [0, 4],
        [0, 0],
      ].forEach((row, i) => row.forEach((v, j) => expect(rows[i][j]).toBeCloseTo(v, 5)));
      tf.dispose([x, u, p]);
    });

    const choices: Record<string, TangentProjection | undefined> = {
      default: undefined,
      cholesky: cholesky(),
      'conjugate gradients': conjugateGradient({ tolerance: 1e-6, maxIterations: 20 }),
      'conjugate gradients of the reference': conjugateGradient(referenceConjugateGradient),
    };
    for (const [name, choice] of Object.entries(choices))
      it.each([1, 2, 4, 6])(
        `is an orthogonal projection to the kernel of J: ${name}, codimension %i`,
        async (k) => {
          const [a, b, c, d] = split(key(k), 4);
          const [x, u, w, weights] = [draw(a, [9, 8]), draw(b, [9, 8]), draw(c, [9, 8]), draw(d, [8, k])];
          const constraint = wavy(weights);
          const project = (v: tf.Tensor): tf.Tensor => tangentProjection(constraint, x, v, choice);
          const [p, q] = [project(u), project(w)];
          const again = project(p);
          const check = tf.tidy(() => {
            const slope = tf.add(tf.mul(tf.cos(tf.matMul(x, weights)), 0.25), 1);
            const normalPart = tf.mul(slope, tf.matMul(p, weights));
            const symmetry = tf.sub(tf.sum(tf.mul(u, q), 1), tf.sum(tf.mul(p, w), 1));
            return [normalPart, tf.sub(again, p), symmetry].map((t) => tf.max(tf.abs(t)));
          });
          for (const size of check) expect((await size.data())[0]).toBeLessThan(1e-4);
          // It is not zero either: the kernel of J is 8 - k dimensional.
          expect(Math.max(...(await p.data()).map(Math.abs))).toBeGreaterThan(0.1);
          tf.dispose([x, u, w, weights, p, q, again, ...check]);
        },
      );

    it('reads no normal from a point where there is none', async () => {
      const [x, u] = [
        tf.tensor2d([
          [0, 0],
          [1, 0],
        ]),
        tf.tensor2d([
          [1, 1],
          [1, 1],
        ]),
      ];
      const p = tangentProjection(unitSphere, x, u);
      const rows = await rowsOf(p);
      expect(rows[0]).toEqual([Number.NaN, Number.NaN]);
      expect(rows[1][0]).toBeCloseTo(0, 6);
      tf.dispose([x, u, p]);
    });

    it('leaks nothing and refuses shapes that do not fit', () => {
      const [x, u, other] = [tf.ones([2, 3]), tf.ones([2, 3]), tf.ones([3, 3])];
      expectNoLeak(() => tangentProjection(torus, x, u));
      expectNoLeak(() => tangentProjection(torus, x, u, conjugateGradient()));
      expect(() => tangentProjection(torus, x, other)).toThrow(ShapeError);
      tf.dispose([x, u, other]);
    });
  });

  describe('solveSmall', () => {
    installLeakGuard();

    it.each([2, 3, 4])('solves systems of size %i near a positive definite one', async (k) => {
      const [a, b, c] = split(key(40 + k), 3);
      const matrix = tf.tidy(() => {
        const root = draw(a, [6, k, k]);
        const gram = tf.add(tf.matMul(root, root, false, true), tf.mul(tf.eye(k), 0.5));
        return tf.add(gram, tf.mul(draw(b, [6, k, k]), 0.05));
      });
      const right = draw(c, [6, k]);
      const solution = solveSmall(matrix, right);
      const gap = tf.tidy(() => {
        const image = tf.squeeze(tf.matMul(matrix, tf.expandDims(solution, 2)), [2]);
        return tf.max(tf.abs(tf.sub(image, right)));
      });
      expect((await gap.data())[0]).toBeLessThan(1e-4);
      expectNoLeak(() => solveSmall(matrix, right));
      tf.dispose([matrix, right, solution, gap]);
    });
  });
});
