import * as tf from '@tensorflow/tfjs';
import type { ConjugateGradientResult, LinearOperator } from './conjugate-gradient-loop.js';
import type { ResolvedOptions } from './conjugate-gradient-options.js';

/** Systems of size 1: one division is what the first iteration of the method amounts to. */
export function solveScalars(
  operator: LinearOperator,
  b: tf.Tensor,
  { tolerance, divisionGuard }: ResolvedOptions,
): ConjugateGradientResult {
  const a = operator(tf.onesLike(b));
  const solvable = divisionGuard === 0 ? tf.greater(a, 0) : tf.greaterEqual(a, divisionGuard);
  const quotient = tf.div(b, tf.where(solvable, a, tf.onesLike(a)));
  const finite = tf.isFinite(tf.add(a, quotient));
  const solved = tf.logicalAnd(solvable, finite);
  const zero = tf.zerosLike(b);
  const trivial = tf.equal(b, 0);
  const residual = tf.where(tf.logicalOr(solved, trivial), zero, tf.onesLike(b));
  const column = (t: tf.Tensor): tf.Tensor => tf.reshape(t, [b.shape[0]]);
  return {
    x: tf.where(solved, quotient, zero),
    status: {
      converged: column(tf.logicalAnd(finite, tf.less(residual, tolerance))),
      iterations: column(tf.cast(tf.logicalNot(trivial), 'int32')),
      residual: column(residual),
      finite: column(finite),
    },
  };
}
