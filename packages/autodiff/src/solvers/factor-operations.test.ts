import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { compile, explain } from '@ebim/compiler';
import { key, normal, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import { choleskyFactor, choleskySolve, grad, logDetFromCholesky } from '../index.js';
import { unrolledFactor, unrolledSolve } from './cholesky-unrolled.js';
import { factorOf, substitute } from './factor-operations.js';

beforeAll(() => useBackend('cpu'));
installLeakGuard();

const positive = (seed: number, batch: number, k: number): tf.Tensor =>
  tf.tidy(() => {
    const M = normal(key(seed), [batch, k, k]);
    return tf.add(tf.matMul(M, M, false, true), tf.mul(2, tf.eye(k)));
  });

function expectClose(a: tf.Tensor, b: tf.Tensor, tolerance: number): void {
  const [x, y] = [a.dataSync(), b.dataSync()];
  expect(a.shape).toEqual(b.shape);
  const size = Math.max(1e-3, ...y.map(Math.abs));
  x.forEach((value, i) => expect(Math.abs(value - y[i]) / size).toBeLessThan(tolerance));
}

/** The derivatives of order 0 to 3 along x of a sum without symmetries. */
function expectSameDerivatives(
  f: (x: tf.Tensor) => tf.Tensor,
  g: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
): void {
  const weighted = (y: tf.Tensor): tf.Tensor =>
    tf.sum(tf.mul(y, tf.sin(tf.reshape(tf.range(1, y.size + 1), y.shape))));
  let [a, b] = [f, g].map((h) => (y: tf.Tensor) => weighted(tf.add(h(y), tf.square(h(y)))));
  for (let order = 0; order <= 3; order++) {
    tf.tidy(() => {
      expectClose(a(x), b(x), 2e-4);
    });
    [a, b] = [a, b].map((h) => (y: tf.Tensor) => weighted(grad(h)(y)));
  }
}

it('factors have the derivatives of the same work done column by column', () => {
  tf.tidy(() => {
    for (const k of [1, 2, 4])
      expectSameDerivatives(
        (A) => factorOf(A)[0],
        (A) => unrolledFactor(A)[0],
        positive(k, 2, k),
      );
  });
});

it.each([false, true])(
  'solutions have them, too, in the matrix and the right-hand side (transposed: %s)',
  (transpose) => {
    tf.tidy(() => {
      const [L, B] = [factorOf(positive(7, 2, 3))[0], normal(key(8), [2, 3, 2])];
      expectSameDerivatives(
        (M) => substitute(M, B, transpose),
        (M) => unrolledSolve(M, B, transpose),
        L,
      );
      expectSameDerivatives(
        (b) => substitute(L, b, transpose),
        (b) => unrolledSolve(L, b, transpose),
        B,
      );
    });
  },
);

it('derivatives are 0, not NaN, for matrices without a factor', () => {
  tf.tidy(() => {
    const A = tf.tensor3d([1, 2, 2, 1, 4, 1, 1, 3, NaN, 0, 0, 1], [3, 2, 2]);
    const g = grad((M: tf.Tensor) => tf.sum(choleskyFactor(M).factor))(A).dataSync();
    expect([...g.slice(0, 4), ...g.slice(8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(g.slice(4, 8).every(Number.isFinite) && g[4] !== 0).toBe(true);
  });
});

it('are few operations of a compiled function, with the same results', () => {
  tf.tidy(() => {
    const [A, b] = [positive(3, 5, 16), normal(key(4), [5, 16])];
    const loss = (M: tf.Tensor): tf.Tensor => {
      const { factor } = choleskyFactor(M);
      return tf.add(tf.sum(tf.mul(b, choleskySolve(factor, b))), tf.sum(logDetFromCholesky(factor)));
    };
    const second = (M: tf.Tensor): tf.Tensor => grad((N: tf.Tensor) => tf.sum(tf.sin(grad(loss)(N))))(M);
    const { operations, islands } = explain(second, A);
    expect(islands).toEqual([]);
    expect(operations.after).toBeLessThan(120);
    for (const f of [loss, grad(loss), second]) {
      const compiled = compile(f);
      expectClose(compiled(A), f(A), 2e-5);
      compiled.dispose();
    }
  });
});
