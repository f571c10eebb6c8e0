import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { key, normal, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { choleskyFactor, choleskySolve, grad, logDetFromCholesky, triangularSolve } from '../index.js';

const positive = (seed: number, batch: number, k: number) =>
  tf.tidy(() => {
    const M = normal(key(seed), [batch, k, k]);
    return tf.add<tf.Tensor3D>(tf.matMul(M, M, false, true), tf.eye(k));
  });
const largest = (t: tf.Tensor) => tf.tidy(() => tf.max(tf.abs(t)).dataSync()[0]);

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('factors, solves and takes determinants of random matrices', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        (seed, batch, k) =>
          tf.tidy(() => {
            const A = positive(seed, batch, k);
            const { factor: L, positiveDefinite } = choleskyFactor(A);
            expect([...positiveDefinite.dataSync()]).toEqual(Array<number>(batch).fill(1));
            const size = largest(A);
            expect(largest(tf.sub(tf.matMul(L, L, false, true), A)) / size).toBeLessThan(3e-6);
            expect(largest(tf.sub(tf.linalg.bandPart(L, -1, 0), L))).toBe(0);
            const b = normal(key(seed + 1), [batch, k]);
            const residual = tf.sub(tf.squeeze(tf.matMul(A, tf.expandDims(choleskySolve(L, b), 2)), [2]), b);
            expect(largest(residual)).toBeLessThan(1e-3);
            const many = normal(key(seed + 2), [batch, k, 3]);
            expect(largest(tf.sub(tf.matMul(L, triangularSolve(L, many)), many))).toBeLessThan(1e-4);
            const transposed = triangularSolve(L, many, { transpose: true });
            expect(largest(tf.sub(tf.matMul(L, transposed, true), many))).toBeLessThan(1e-4);
          }),
      ),
      { numRuns: 15, seed: 1 },
    );
  });

  it('knows the log determinant and its derivatives: inverse, and minus its square', () => {
    tf.tidy(() => {
      const diagonal = [0.5, 2, 4];
      const A = tf.reshape(tf.diag(tf.tensor1d(diagonal)), [1, 3, 3]);
      const f = (M: tf.Tensor) => tf.sum(logDetFromCholesky(choleskyFactor(M).factor));
      expect(f(A).dataSync()[0]).toBeCloseTo(Math.log(4), 5);
      const scaled = (s: tf.Tensor) => f(tf.mul(s, A));
      // log det (s A) = 3 log s + …
      const s = tf.scalar(2);
      expect(grad(scaled)(s).dataSync()[0]).toBeCloseTo(1.5, 5);
      expect(grad(grad(scaled))(s).dataSync()[0]).toBeCloseTo(-0.75, 5);
      expect(grad(grad(grad(scaled)))(s).dataSync()[0]).toBeCloseTo(0.75, 4);
    });
  });

  it('differentiates a solve with respect to the matrix', () => {
    tf.tidy(() => {
      const A = positive(5, 2, 4);
      const b = normal(key(6), [2, 4]);
      const w = normal(key(7), [2, 4]);
      const f = (M: tf.Tensor) => tf.sum(tf.mul(w, choleskySolve(choleskyFactor(M).factor, b)));
      // symmetrised, since only the lower triangle is read: -(A⁻¹ w)(A⁻¹ b)ᵀ
      const L = choleskyFactor(A).factor;
      const [x, y] = [choleskySolve(L, b), choleskySolve(L, w)];
      const outer = tf.mul(tf.expandDims(y, 2), tf.expandDims(x, 1));
      const expected = tf.neg(tf.add(outer, tf.transpose(outer, [0, 2, 1])));
      const lower = tf.linalg.bandPart(expected, -1, 0);
      const halved = tf.sub(lower, tf.mul(0.5, tf.mul(lower, tf.eye(4))));
      expect(largest(tf.sub(grad(f)(A), halved))).toBeLessThan(1e-4);
    });
  });

  it('flags matrices that are not positive definite, row by row, with finite numbers', () => {
    tf.tidy(() => {
      const good = [4, 1, 1, 3];
      const rows = [good, [1, 2, 2, 1], [0, 0, 0, 1], [NaN, 0, 0, 1], [Infinity, 0, 0, 1], [1, 0, 0, -1]];
      const { factor, positiveDefinite } = choleskyFactor(tf.tensor3d(rows.flat(), [6, 2, 2]));
      expect([...positiveDefinite.dataSync()]).toEqual([1, 0, 0, 0, 0, 0]);
      const L = factor.dataSync();
      expect(L[0]).toBeCloseTo(2);
      for (const at of [4, 5, 6, 7, 8, 11, 12, 16, 20, 23]) expect(Number.isFinite(L[at])).toBe(true);
    });
  });

  it('factors, solves and differentiates a batch of no matrices', () => {
    tf.tidy(() => {
      for (const k of [1, 2, 3]) {
        const [A, b] = [tf.zeros([0, k, k]), tf.zeros([0, k])];
        const solve = (M: tf.Tensor) => choleskySolve(choleskyFactor(M).factor, b);
        expect(choleskyFactor(A).positiveDefinite.shape).toEqual([0]);
        expect(solve(A).shape).toEqual([0, k]);
        expect(choleskySolve(A, tf.zeros([0, k, 2])).shape).toEqual([0, k, 2]);
        expect(logDetFromCholesky(A).shape).toEqual([0]);
        expect(grad((M: tf.Tensor) => tf.sum(tf.square(solve(M))))(A).shape).toEqual([0, k, k]);
      }
    });
  });

  it('leaks nothing outside of tidy', () => {
    const A = positive(1, 3, 3);
    const b = tf.ones([3, 3]);
    expectNoLeak(() => choleskyFactor(A));
    expectNoLeak(() => choleskySolve(A, b));
    expectNoLeak(() => logDetFromCholesky(A));
    tf.dispose([A, b]);
  });
});

describe('refuses', () => {
  it('what is no batch of small square matrices', () => {
    tf.tidy(() => {
      const codes = (f: () => unknown) => {
        try {
          f();
        } catch (error) {
          return (error as { code: string }).code;
        }
        return 'nothing';
      };
      expect(codes(() => choleskyFactor(tf.ones([2, 2])))).toBe('not-square');
      expect(codes(() => choleskyFactor(tf.ones([1, 2, 3])))).toBe('not-square');
      expect(codes(() => choleskyFactor(tf.ones([1, 2, 2], 'int32')))).toBe('not-a-float-tensor');
      expect(codes(() => choleskyFactor(tf.ones([1, 65, 65])))).toBe('matrix-too-large');
      expect(codes(() => choleskySolve(tf.ones([1, 2, 2]), tf.ones([1, 3])))).toBe('shape-mismatch');
      expect(codes(() => choleskySolve(tf.ones([2, 2, 2]), tf.ones([1, 2])))).toBe('shape-mismatch');
    });
  });
});
