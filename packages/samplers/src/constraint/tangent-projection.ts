import * as tf from '@tensorflow/tfjs';
import {
  choleskyFactor,
  choleskySolve,
  conjugateGradient as solveByConjugateGradient,
  type ConjugateGradientOptions,
} from '@ebim/autodiff';
import { ShapeError } from '@ebim/runtime';
import { constraintFrame, type Constraint, type ConstraintFrame } from './constraint-frame.js';

/** Builds J and solves with the Cholesky factor of `J J^T`. */
export interface CholeskyProjection {
  readonly kind: 'cholesky';
}

/** Solves with products of J only. */
export interface ConjugateGradientProjection {
  readonly kind: 'conjugateGradient';
  /** Default: a relative residual of 1e-5, at most min(2 k, 100) iterations. */
  readonly options?: ConjugateGradientOptions;
}

/** How `(J J^T) y = b` is solved. */
export type TangentProjection = CholeskyProjection | ConjugateGradientProjection;

/** Solve by a Cholesky factor of `J J^T`: exact, k vector-Jacobian products. */
export const cholesky = (): CholeskyProjection => ({ kind: 'cholesky' });

/**
 * Solve by conjugate gradients, without a matrix: for many constraints.
 *
 * @param options of `conjugateGradient` of `@ebim/autodiff`, e.g. its `referenceConjugateGradient`
 */
export const conjugateGradient = (options?: ConjugateGradientOptions): ConjugateGradientProjection =>
  options === undefined ? { kind: 'conjugateGradient' } : { kind: 'conjugateGradient', options };

/**
 * The part of `u` that is tangent to the level set of the constraint through `x`:
 * `u - J^T (J J^T)^-1 J u` (P2 Algorithm 1), so that `J p = 0`.
 *
 * @param x `[B, n]`
 * @param u `[B, n]`
 * @param choice default: `cholesky()` for up to four constraints, else `conjugateGradient()`
 * @returns `[B, n]`; NaN where J has no full rank (by `conjugateGradient` something finite)
 * @throws ShapeError `shape-mismatch`, `bad-constraint`
 *
 * @example
 * ```ts
 * const circle = (x: tf.Tensor) => tf.sub(tf.sum(tf.square(x), 1, true), 1);
 * const p = tangentProjection(circle, tf.tensor2d([[1, 0]]), tf.tensor2d([[3, 4]])); // [[0, 4]]
 * ```
 */
export function tangentProjection(
  constraint: Constraint,
  x: tf.Tensor,
  u: tf.Tensor,
  choice?: TangentProjection,
): tf.Tensor {
  if (x.rank !== 2 || x.shape.join() !== u.shape.join())
    throw new ShapeError({
      code: 'shape-mismatch',
      where: 'tangentProjection(constraint, x, u)',
      expected: 'x and u of one shape [batch, n]',
      received: `[${x.shape}] and [${u.shape}]`,
    });
  return tf.tidy(() => projectTangent(frameFor(constraint, x, choice), u, choice));
}

/** The frame that a choice of projection needs: an explicit `cholesky()` asks for J whatever its size. */
export const frameFor = (constraint: Constraint, x: tf.Tensor, choice?: TangentProjection): ConstraintFrame =>
  constraintFrame(constraint, x, choice?.kind === 'cholesky' ? true : undefined);

/** As {@link tangentProjection}, on a frame that is there already. */
export function projectTangent(frame: ConstraintFrame, u: tf.Tensor, choice?: TangentProjection): tf.Tensor {
  return tf.sub(u, frame.vjp(gramSolver(frame, choice)(frame.jvp(u))));
}

/**
 * `b -> (J J^T)^-1 b`, `[B, k] -> [B, k]`. The factor, if any, is made once.
 * A singular `J J^T` gives NaN by Cholesky, a least-norm answer by conjugate gradients.
 */
export function gramSolver(frame: ConstraintFrame, choice?: TangentProjection): (b: tf.Tensor) => tf.Tensor {
  const byProducts = choice?.kind === 'conjugateGradient' || frame.rows === null;
  if (!byProducts && frame.rows !== null) {
    if (frame.codimension === 1) {
      const gram = tf.sum(tf.square(frame.rows), 2);
      return (b) => tf.div(b, gram);
    }
    const { factor, positiveDefinite } = choleskyFactor(tf.matMul(frame.rows, frame.rows, false, true));
    const defined = tf.expandDims(positiveDefinite, 1);
    return (b) => tf.where(defined, choleskySolve(factor, b), Number.NaN);
  }
  const options = (choice?.kind === 'conjugateGradient' ? choice.options : undefined) ?? {
    tolerance: 1e-5,
    // Twice what exact arithmetic needs.
    maxIterations: Math.min(2 * frame.codimension, 100),
  };
  return (b) => solveByConjugateGradient((v) => frame.jvp(frame.vjp(v)), b, options).x;
}
