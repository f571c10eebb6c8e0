import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { key, normal, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import {
  choleskyFactor,
  choleskySolve,
  conjugateGradient,
  correctedConjugateGradient,
  grad,
  jvp,
  linearize,
  referenceConjugateGradient,
} from '../index.js';

const times = (A: tf.Tensor) => (v: tf.Tensor) =>
  tf.tidy(() => tf.squeeze(tf.matMul(A, tf.expandDims(v, 2)), [2]));
const gram = (M: tf.Tensor) => tf.add(tf.matMul(M, M, false, true), tf.eye(M.shape[1] as number));
const largest = (t: tf.Tensor) => tf.tidy(() => tf.max(tf.abs(t)).dataSync()[0]);

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('solves what Cholesky solves, for any k, in at most k iterations', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 8 }),
        (seed, batch, k) =>
          tf.tidy(() => {
            const A = gram(normal(key(seed), [batch, k, k]));
            const b = normal(key(seed + 1), [batch, k]);
            const options = { ...correctedConjugateGradient(k), maxIterations: k + 2 };
            const { x, status } = conjugateGradient(times(A), b, options);
            const exact = choleskySolve(choleskyFactor(A).factor, b);
            expect(largest(tf.sub(x, exact))).toBeLessThan(1e-3 * largest(b));
            expect([...status.converged.dataSync()]).toEqual(Array<number>(batch).fill(1));
            expect([...status.finite.dataSync()]).toEqual(Array<number>(batch).fill(1));
            expect(largest(status.residual)).toBeLessThan(1e-4);
            expect(status.iterations.dtype).toBe('int32');
            expect(largest(status.iterations)).toBeLessThanOrEqual(k + 2);
          }),
      ),
      { numRuns: 12, seed: 3 },
    );
  });

  it('stops every row by itself, and keeps bad rows from the others', () => {
    tf.tidy(() => {
      const bad = NaN;
      const matrices = [
        [2, 0, 0, 2], // one iteration
        [1, 0, 0, 50], // two
        [bad, 0, 0, 1],
        [-1, 0, 0, -1], // not positive
        [1, 0, 0, 50], // b = 0: none
      ];
      const A = tf.tensor3d(matrices.flat(), [5, 2, 2]);
      const b = tf.tensor2d([1, 1, 1, 1, 1, 1, 1, 1, 0, 0], [5, 2]);
      const { x, status } = conjugateGradient(times(A), b, { maxIterations: 9 });
      expect([...status.converged.dataSync()]).toEqual([1, 1, 0, 0, 1]);
      expect([...status.finite.dataSync()]).toEqual([1, 1, 0, 1, 1]);
      expect([...status.iterations.dataSync()]).toEqual([1, 2, 1, 1, 0]);
      const expected = [0.5, 0.5, 1, 0.02, 0, 0, 0, 0, 0, 0];
      x.dataSync().forEach((v, i) => expect(v).toBeCloseTo(expected[i], 5));
      for (const r of status.residual.dataSync()) expect(Number.isFinite(r)).toBe(true);
    });
  });

  it('reports NaN in b and in single numbers', () => {
    tf.tidy(() => {
      const { x, status } = conjugateGradient((v) => tf.mul(2, v), tf.tensor2d([NaN, 1, 4, 2], [2, 2]));
      expect([...status.finite.dataSync()]).toEqual([0, 1]);
      expect([...x.dataSync()].slice(2)).toEqual([2, 1]);
      const single = conjugateGradient(
        (v) => tf.mul(v, tf.tensor2d([2, NaN, 0, -1, 3], [5, 1])),
        tf.tensor2d([1, 1, 1, 1, 0], [5, 1]),
      );
      expect([...single.x.dataSync()]).toEqual([0.5, 0, 0, 0, 0]);
      expect([...single.status.converged.dataSync()]).toEqual([1, 0, 0, 0, 1]);
      expect([...single.status.finite.dataSync()]).toEqual([1, 0, 1, 1, 1]);
    });
  });

  it('counts iterations as the presets say', () => {
    tf.tidy(() => {
      const k = 40;
      const spectrum = tf.linspace(1, 100, k);
      let calls = 0;
      const operator = (v: tf.Tensor) => {
        calls++;
        return tf.mul(v, spectrum);
      };
      const b = normal(key(1), [3, k]);
      const reference = conjugateGradient(operator, b, referenceConjugateGradient);
      expect(calls).toBe(11);
      expect([...reference.status.iterations.dataSync()]).toEqual([11, 11, 11]);
      const { status } = conjugateGradient(operator, b, correctedConjugateGradient(k));
      expect([...status.converged.dataSync()]).toEqual([1, 1, 1]);
      const none = conjugateGradient(operator, b, { maxIterations: 0 });
      expect(largest(none.x)).toBe(0);
      expect([...none.status.residual.dataSync()].map(Math.fround)).toEqual(
        [1, 1, 1].map((v) => expect.closeTo(v, 5) as number),
      );
      const forced = conjugateGradient((v) => tf.mul(2, v), b, {
        minIterations: 3,
        maxIterations: 5,
        freezeBelow: 0,
      });
      expect(Math.min(...forced.status.iterations.dataSync())).toBeGreaterThanOrEqual(1);
    });
  });

  it('starts at x0 and uses a preconditioner', () => {
    tf.tidy(() => {
      const diagonal = tf.tensor2d([1, 10, 100, 1000], [1, 4]);
      const operator = (v: tf.Tensor) => tf.mul(diagonal, v);
      const b = tf.tensor2d([1, 1, 1, 1], [1, 4]);
      const exact = tf.div(b, diagonal);
      const started = conjugateGradient(operator, b, { initial: exact });
      expect(started.status.iterations.dataSync()[0]).toBe(0);
      expect(largest(tf.sub(started.x, exact))).toBeLessThan(1e-6);
      const near = conjugateGradient(operator, b, { initial: tf.mul(0.5, exact), maxIterations: 8 });
      expect(largest(tf.sub(near.x, exact))).toBeLessThan(1e-4);
      const preconditioned = conjugateGradient(operator, b, { preconditioner: (r) => tf.div(r, diagonal) });
      expect(preconditioned.status.iterations.dataSync()[0]).toBe(1);
      expect(largest(tf.sub(preconditioned.x, exact))).toBeLessThan(1e-6);
    });
  });

  it('leaks nothing, outside of tidy and under a gradient', () => {
    const b = tf.ones([2, 3]);
    const single = tf.ones([2, 1]);
    const d = tf.tensor1d([1, 2, 3]);
    expectNoLeak(() => conjugateGradient((v) => tf.mul(v, d), b));
    expectNoLeak(() => conjugateGradient((v) => tf.mul(v, 2), single));
    const loss = (c: tf.Tensor) => tf.sum(conjugateGradient((v) => tf.mul(v, c), b).x);
    expectNoLeak(() => grad(loss)(d));
    expectNoLeak(() => grad((c: tf.Tensor) => tf.sum(grad(loss)(c)))(d));
    tf.dispose([b, d, single]);
  });

  describe('derivatives', () => {
    // A = s I with b an eigenvector: one iteration solves it, and its own derivative would be wrong
    it.each([1, 3])('of the inverse of a multiple of the identity, to third order, k = %i', (k) => {
      tf.tidy(() => {
        const b = tf.ones([2, k]);
        const f = (s: tf.Tensor) => tf.mul(1 / (2 * k), tf.sum(conjugateGradient((v) => tf.mul(v, s), b).x));
        const s = tf.scalar(2);
        expect(f(s).dataSync()[0]).toBeCloseTo(0.5, 5);
        expect(grad(f)(s).dataSync()[0]).toBeCloseTo(-0.25, 5);
        expect(grad(grad(f))(s).dataSync()[0]).toBeCloseTo(0.25, 4);
        expect(grad(grad(grad(f)))(s).dataSync()[0]).toBeCloseTo(-0.375, 4);
      });
    });

    it('with respect to the matrix and the right-hand side agree with those of Cholesky', () => {
      tf.tidy(() => {
        const M = normal(key(4), [2, 3, 3]);
        const b = normal(key(5), [2, 3]);
        const w = normal(key(6), [2, 3]);
        const tight = { tolerance: 1e-7, maxIterations: 10 };
        const byCg = (p: tf.Tensor[]) =>
          tf.sum(tf.mul(w, tf.square(conjugateGradient(times(gram(p[0])), p[1], tight).x)));
        const byCholesky = (p: tf.Tensor[]) =>
          tf.sum(tf.mul(w, tf.square(choleskySolve(choleskyFactor(gram(p[0])).factor, p[1]))));
        const norm2 = (f: (p: tf.Tensor[]) => tf.Tensor) => (p: tf.Tensor[]) => {
          const [a, c] = grad(f)(p);
          return tf.add(tf.sum(tf.square(a)), tf.sum(tf.mul(tf.square(c), c)));
        };
        const pairs = [
          [grad(byCg)([M, b]), grad(byCholesky)([M, b])],
          [grad(norm2(byCg))([M, b]), grad(norm2(byCholesky))([M, b])],
        ];
        for (const [actual, expected] of pairs)
          actual.forEach((g, i) =>
            expect(largest(tf.sub(g, expected[i])) / largest(expected[i])).toBeLessThan(2e-3),
          );
      });
    });

    it('of a solve with J Jᵀ of a linearization: forward and reverse agree with the exact one', () => {
      tf.tidy(() => {
        const x = tf.tensor2d([1, 2, 0.5, -1], [2, 2]);
        const constraint = (q: tf.Tensor) =>
          tf.concat([tf.square(q), tf.sum(q, 1, true)], 1).slice([0, 0], [2, 2]);
        const solved = (q: tf.Tensor) => {
          const lin = linearize(constraint, q);
          return conjugateGradient((v) => lin.jvp(lin.vjp(v)), tf.ones([2, 2])).x; // 1 / (4 q²)
        };
        const g = grad((q: tf.Tensor) => tf.sum(solved(q)))(x).dataSync();
        const t = jvp(solved, x, tf.ones([2, 2])).tangent.dataSync();
        x.dataSync().forEach((q, i) => {
          expect(g[i]).toBeCloseTo(-0.5 / q ** 3, 3);
          expect(t[i]).toBeCloseTo(-0.5 / q ** 3, 3);
        });
      });
    });
  });
});

describe('refuses', () => {
  it('wrong shapes and options', () => {
    tf.tidy(() => {
      const codes = (f: () => unknown) => {
        try {
          f();
        } catch (error) {
          return (error as { code: string }).code;
        }
        return 'nothing';
      };
      const b = tf.ones([2, 3]);
      const run = (options: object) => codes(() => conjugateGradient((v) => v, b, options));
      expect(codes(() => conjugateGradient((v) => v, tf.ones([3])))).toBe('not-a-matrix');
      expect(codes(() => conjugateGradient(() => tf.ones([3]), b))).toBe('shape-mismatch');
      expect(run({ tolerance: -1 })).toBe('bad-tolerance');
      expect(run({ tolerance: NaN })).toBe('bad-tolerance');
      expect(run({ maxIterations: 1.5 })).toBe('bad-iterations');
      expect(run({ minIterations: 5, maxIterations: 4 })).toBe('bad-iterations');
      expect(run({ stopping: 'never' })).toBe('bad-stopping');
      expect(run({ initial: tf.ones([2, 2]) })).toBe('shape-mismatch');
    });
  });
});
