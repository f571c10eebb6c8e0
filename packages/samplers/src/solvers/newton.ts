import * as tf from '@tensorflow/tfjs';
import { conjugateGradient } from '@ebim/autodiff';
import { whileLoop } from '@ebim/compiler';
import { constraintFrame, type ConstraintFrame } from '../constraint/constraint-frame.js';
import { solveSmall } from '../constraint/small-solve.js';
import { checkCount, checkPositive } from '../options.js';
import { iteration, type ConstraintProblem, type ConstraintSolution } from './problem.js';

/** Options of {@link newton}. */
export interface NewtonOptions {
  /** Violation at which a chain is done, relative to the size of a row of J: a distance. Default 1e-6. */
  readonly tolerance?: number;
  /** Default 10 in a step, 50 in a projection. */
  readonly maxIterations?: number;
}

/** Newton's method, see {@link newton}. */
export interface NewtonSolver {
  readonly kind: 'newton';
  readonly tolerance: number;
  /** `null`: the default of the place where it is used. */
  readonly maxIterations: number | null;
}

/**
 * Newton's method. In a constrained step: `lambda += (2 / stepSize) [J(c) J(q)^T]^-1 F(c)` (SHAKE), where the Jacobian
 * at c is new in every iteration. In a projection: the damped minimum-norm Gauss-Newton step
 * `x -= t J^T (J J^T)^-1 F`.
 *
 * @throws ConfigError `bad-option`
 */
export function newton(options: NewtonOptions = {}): NewtonSolver {
  const { tolerance = 1e-6, maxIterations } = options;
  checkPositive(tolerance, 'newton({ tolerance })');
  if (maxIterations !== undefined) checkCount(maxIterations, 1, 'newton({ maxIterations })');
  return { kind: 'newton', tolerance, maxIterations: maxIterations ?? null };
}

const STEP_ITERATIONS = 10;

/** Solves the problem of a constrained step. */
export function solveNewton(problem: ConstraintProblem, solver: NewtonSolver): ConstraintSolution {
  const { tolerance, maxIterations } = solver;
  const { constraint, frame } = problem;
  const dense = frame.rows !== null;
  const { start, goesOn, advance } = iteration(problem, tolerance);
  return whileLoop(
    goesOn,
    (carry) => {
      const here = constraintFrame(constraint, carry.position, dense);
      return advance(carry, frame.vjp(solveCross(here, frame)));
    },
    start,
    { maxIterations: maxIterations ?? STEP_ITERATIONS },
  );
}

/** `[J(c) J(q)^T]^-1 F(c)`, `[B, k]`. */
function solveCross(at: ConstraintFrame, from: ConstraintFrame): tf.Tensor {
  if (at.rows !== null && from.rows !== null && at.codimension === 1)
    return tf.div(at.value, tf.sum(tf.mul(at.rows, from.rows), 2));
  if (at.rows !== null && from.rows !== null)
    return solveSmall(tf.matMul(at.rows, from.rows, false, true), at.value);
  // Matrix-free: the normal equations of A = J(c) J(q)^T, as A is not symmetric.
  const transposed = (v: tf.Tensor): tf.Tensor => from.jvp(at.vjp(v));
  return conjugateGradient((v) => transposed(at.jvp(from.vjp(v))), transposed(at.value)).x;
}
