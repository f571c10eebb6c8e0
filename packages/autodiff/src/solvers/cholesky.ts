import * as tf from '@tensorflow/tfjs';
import { ConfigError, ShapeError, treeTidy } from '@ebim/runtime';
import { assertFloatTensor, describe } from '../transforms/arguments.js';
import { factorOf, substitute } from './factor-operations.js';

/** Beyond this an iterative solver is the right tool. */
const LARGEST = 64;

/** A = L Lᵀ of every matrix of a batch. */
export interface CholeskyFactor {
  /** L, lower triangular, `[batch, k, k]`. A column whose pivot was not positive is that of the identity. */
  readonly factor: tf.Tensor3D;
  /** `[batch]` bool: false where a pivot was not positive (or not finite), so that the factor means nothing. */
  readonly positiveDefinite: tf.Tensor1D;
}

/**
 * Cholesky factors of a batch of small symmetric matrices; reads the lower triangles. One operation, also in a
 * compiled function (about 10 k operations on backends that compute elsewhere than on the host); refused beyond k = 64.
 * Differentiable to any order where the matrix is positive definite; elsewhere the derivative is 0.
 *
 * @param A `[batch, k, k]`
 * @throws ShapeError `not-a-float-tensor`, `not-square`
 * @throws ConfigError `matrix-too-large`
 *
 * @example
 * ```ts
 * const A = tf.tensor3d([[[2, 1], [1, 2]]]);
 * const b = tf.tensor2d([[3, 3]]);
 * const { factor } = choleskyFactor(A);       // [batch, k, k]
 * const x = choleskySolve(factor, b);         // A x = b, [batch, k]
 * const logDet = logDetFromCholesky(factor);  // [batch]
 * ```
 */
export function choleskyFactor(A: tf.Tensor): CholeskyFactor {
  squareSize(A, 'choleskyFactor: A');
  return treeTidy(() => {
    const [factor, positiveDefinite] = factorOf(A);
    return { factor: factor as tf.Tensor3D, positiveDefinite: positiveDefinite as tf.Tensor1D };
  });
}

/** Options of {@link triangularSolve}. */
export interface TriangularSolveOptions {
  /** Solve with the transpose of L instead. Default false. */
  readonly transpose?: boolean;
}

/**
 * Solves `L x = b` (or `Lᵀ x = b`) for lower triangular L, by substitution. Differentiable to any order.
 *
 * @param L `[batch, k, k]`; entries above the diagonal are ignored
 * @param b `[batch, k]`, or several right-hand sides `[batch, k, m]`
 * @returns of the shape of b; infinite or NaN where a diagonal entry is 0
 * @throws ShapeError `not-a-float-tensor`, `not-square`, `shape-mismatch`
 * @throws ConfigError `matrix-too-large`
 */
export function triangularSolve(L: tf.Tensor, b: tf.Tensor, options: TriangularSolveOptions = {}): tf.Tensor {
  squareSize(L, 'triangularSolve: L');
  assertRightHandSide(L, b, 'triangularSolve: b');
  const { transpose = false } = options;
  return treeTidy(() => {
    const B = b.rank === 2 ? tf.expandDims(b, 2) : b;
    return tf.reshape(substitute(L, B, transpose), b.shape);
  });
}

/**
 * Solves `A x = b` with the factor L of A = L Lᵀ.
 *
 * @param L `[batch, k, k]`, from {@link choleskyFactor}
 * @param b `[batch, k]` or `[batch, k, m]`
 * @throws ShapeError `not-a-float-tensor`, `not-square`, `shape-mismatch`
 */
export function choleskySolve(L: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return treeTidy(() => triangularSolve(L, triangularSolve(L, b), { transpose: true }));
}

/**
 * log det A from the factor L of A = L Lᵀ: twice the sum of the logarithms of its diagonal.
 *
 * @param L `[batch, k, k]`
 * @returns `[batch]`
 * @throws ShapeError `not-a-float-tensor`, `not-square`
 */
export function logDetFromCholesky(L: tf.Tensor): tf.Tensor1D {
  const k = squareSize(L, 'logDetFromCholesky: L');
  return treeTidy(() => {
    const diagonal = tf.sum(tf.mul(L, tf.eye(k)), 2);
    return tf.mul<tf.Tensor1D>(2, tf.sum(tf.log(diagonal), 1));
  });
}

function squareSize(A: tf.Tensor, where: string): number {
  assertFloatTensor(A, where);
  const [, k, columns] = A.shape as number[];
  if (A.rank !== 3 || k !== columns || k === 0)
    throw new ShapeError({
      code: 'not-square',
      where,
      expected: '[batch, k, k] with k >= 1',
      received: describe(A),
    });
  if (k > LARGEST)
    throw new ConfigError({
      code: 'matrix-too-large',
      where,
      expected: `k <= ${LARGEST}`,
      received: `k = ${k}`,
      hint: 'Use conjugateGradient, which needs no matrix.',
      details: { k, largest: LARGEST },
    });
  return k;
}

function assertRightHandSide(L: tf.Tensor, b: tf.Tensor, where: string): void {
  assertFloatTensor(b, where);
  const [batch, k] = L.shape;
  if ((b.rank !== 2 && b.rank !== 3) || b.shape[0] !== batch || b.shape[1] !== k)
    throw new ShapeError({
      code: 'shape-mismatch',
      where,
      expected: `[${batch}, ${k}] or [${batch}, ${k}, m]`,
      received: describe(b),
    });
}
