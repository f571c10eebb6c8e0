import * as tf from '@tensorflow/tfjs';
import { ConfigError, ShapeError, treeTidy } from '@ebim/runtime';
import { assertFloatTensor, describe } from '../transforms/arguments.js';

/** The number of columns is the length of the unrolled program; beyond this an iterative solver is the right tool. */
const LARGEST = 64;

/** A = L Lᵀ of every matrix of a batch. */
export interface CholeskyFactor {
  /** L, lower triangular, `[batch, k, k]`. A column whose pivot was not positive is that of the identity. */
  readonly factor: tf.Tensor3D;
  /** `[batch]` bool: false where a pivot was not positive (or not finite), so that the factor means nothing. */
  readonly positiveDefinite: tf.Tensor1D;
}

/**
 * Cholesky factors of a batch of small symmetric matrices; reads the lower triangles. Unrolled over k columns
 * (about 10 k operations): meant for k up to about 16, refused beyond 64. Differentiable to any order, where the
 * matrix is positive definite.
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
  const k = squareSize(A, 'choleskyFactor: A');
  return treeTidy(() => {
    const batch = A.shape[0];
    const columns: tf.Tensor[] = [];
    let definite: tf.Tensor = tf.ones([batch, 1], 'bool');
    let rest: tf.Tensor = A;
    for (let j = 0; j < k; j++) {
      const size = k - j;
      const column = tf.reshape(tf.slice(rest, [0, 0, 0], [batch, size, 1]), [batch, size]);
      const pivot = tf.slice(column, [0, 0], [batch, 1]);
      const positive = tf.logicalAnd(tf.greater(pivot, 0), tf.isFinite(tf.sum(column, 1, true)));
      definite = tf.logicalAnd(definite, positive);
      const root = tf.sqrt(tf.where(positive, pivot, tf.onesLike(pivot)));
      const unit = tf.broadcastTo(firstUnitVector(size), [batch, size]);
      const usable = tf.broadcastTo(positive, [batch, size]);
      const scaled = tf.where(usable, tf.div(column, root), unit);
      columns.push(j === 0 ? scaled : tf.concat([tf.zeros([batch, j]), scaled], 1));
      if (size > 1) {
        const below = tf.slice(scaled, [0, 1], [batch, size - 1]);
        const outer = tf.mul(tf.expandDims(below, 2), tf.expandDims(below, 1));
        rest = tf.sub(tf.slice(rest, [0, 1, 1], [batch, size - 1, size - 1]), outer);
      }
    }
    const factor = columns.length === 1 ? tf.expandDims(columns[0], 2) : tf.stack(columns, 2);
    return { factor: factor as tf.Tensor3D, positiveDefinite: tf.reshape<tf.Rank.R1>(definite, [batch]) };
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
  const k = squareSize(L, 'triangularSolve: L');
  assertRightHandSide(L, b, 'triangularSolve: b');
  const { transpose = false } = options;
  return treeTidy(() => {
    const batch = L.shape[0];
    const m = b.rank === 2 ? 1 : (b.shape[2] as number);
    let rest: tf.Tensor = tf.reshape(b, [batch, k, m]);
    const rows: tf.Tensor[] = [];
    for (let j = 0; j < k; j++) {
      // Forward substitution takes the rows of x from the first to the last, backward substitution the other way.
      const size = k - j;
      const at = transpose ? size - 1 : j;
      const diagonal = tf.slice(L, [0, at, at], [batch, 1, 1]);
      const row = tf.div(tf.slice(rest, [0, transpose ? size - 1 : 0, 0], [batch, 1, m]), diagonal);
      rows.push(row);
      if (size > 1) {
        const coupling = transpose
          ? tf.reshape(tf.slice(L, [0, at, 0], [batch, 1, size - 1]), [batch, size - 1, 1])
          : tf.slice(L, [0, j + 1, j], [batch, size - 1, 1]);
        const others = tf.slice(rest, [0, transpose ? 0 : 1, 0], [batch, size - 1, m]);
        rest = tf.sub(others, tf.mul(coupling, row));
      }
    }
    if (transpose) rows.reverse();
    return tf.reshape(rows.length === 1 ? rows[0] : tf.concat(rows, 1), b.shape);
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

function firstUnitVector(size: number): tf.Tensor {
  const entries = new Float32Array(size);
  entries[0] = 1;
  return tf.tensor(entries, [1, size]);
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
