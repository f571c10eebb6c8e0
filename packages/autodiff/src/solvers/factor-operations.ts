import * as tf from '@tensorflow/tfjs';
import { CHOLESKY, installFactorKernels, supportsSyncRead, TRIANGULAR_SOLVE } from '@ebim/runtime';
import { unrolledFactor, unrolledSolve } from './cholesky-unrolled.js';

/**
 * The factor L and whether it means something, of every matrix: `[batch, k, k]` and bool `[batch]`. One kernel where
 * the backend has it; a compiler sees one operation.
 */
export function factorOf(A: tf.Tensor): [factor: tf.Tensor, positiveDefinite: tf.Tensor] {
  if (!hasKernels()) return unrolledFactor(A);
  const [factor, positiveDefinite] = tf.engine().runKernel<tf.Tensor[]>(CHOLESKY, { A });
  return [factor, positiveDefinite];
}

/** Solves `L X = B`, or `Lᵀ X = B`; `B` is `[batch, k, m]`. */
export function substitute(L: tf.Tensor, B: tf.Tensor, transpose: boolean): tf.Tensor {
  if (!hasKernels()) return unrolledSolve(L, B, transpose);
  return tf.engine().runKernel<tf.Tensor>(TRIANGULAR_SOLVE, { L, B }, { transpose });
}

function hasKernels(): boolean {
  // Asking for the backend activates the default one.
  tf.backend();
  if (supportsSyncRead()) installFactorKernels(tf.getBackend());
  if (tf.getKernel(CHOLESKY, tf.getBackend()) === undefined) return false;
  if (tf.getGradient(CHOLESKY) === undefined) registerGradients();
  return true;
}

/*
 * The derivatives are made of the same two operations, and so exist to any order. Results are computed again from the
 * inputs instead of being saved: TensorFlow.js forgets that saved results depend on inputs (tfjs issue 3252), and a
 * compiler finds what is computed twice.
 */
function registerGradients(): void {
  tf.registerGradient({
    kernelName: CHOLESKY,
    inputsToSave: ['A'],
    gradFunc: (dy, [A]) => ({ A: () => factorGradient(A, (dy as tf.Tensor[])[0]) }),
  });
  tf.registerGradient({
    kernelName: TRIANGULAR_SOLVE,
    inputsToSave: ['L', 'B'],
    gradFunc: (dy, [L, B], attrs) => {
      const transpose = attrs.transpose === true;
      const back = (): tf.Tensor => substitute(L, dy as tf.Tensor, !transpose);
      return {
        B: back,
        L: () => {
          const X = substitute(L, B, transpose);
          const outer = transpose ? tf.matMul(X, back(), false, true) : tf.matMul(back(), X, false, true);
          return tf.neg(tf.mul(outer, triangle(L.shape[1] as number, 1)));
        },
      };
    },
  });
}

/**
 * From `dL = L Φ(L⁻¹ dA L⁻ᵀ)`, where Φ takes the lower triangle with half the diagonal (Murray 2016, "Differentiation
 * of the Cholesky decomposition"): the adjoint of A is `L⁻ᵀ Φ(Lᵀ L̄) L⁻¹`, gathered in the lower triangle, which alone
 * is read.
 */
function factorGradient(A: tf.Tensor, dL: tf.Tensor): tf.Tensor {
  const [factor, positiveDefinite] = factorOf(A);
  const k = A.shape[1] as number;
  const defined = tf.reshape(positiveDefinite, [-1, 1, 1]);
  // A factor that means nothing is not divided by.
  const L = tf.where(defined, factor, tf.eye(k));
  const half = triangle(k, 0.5);
  const inner = tf.mul(tf.matMul(L, dL, true), half);
  const left = substitute(L, inner, true);
  const both = tf.transpose(substitute(L, tf.transpose(left, [0, 2, 1]), true), [0, 2, 1]);
  const gathered = tf.mul(tf.add(both, tf.transpose(both, [0, 2, 1])), half);
  return tf.where(defined, gathered, tf.zerosLike(gathered));
}

/** Ones below the diagonal, `diagonal` on it, zeros above. */
function triangle(k: number, diagonal: number): tf.Tensor {
  const values = Float32Array.from({ length: k * k }, (_, at) => {
    const [i, j] = [Math.floor(at / k), at % k];
    return i > j ? 1 : i === j ? diagonal : 0;
  });
  return tf.tensor2d(values, [k, k]);
}
