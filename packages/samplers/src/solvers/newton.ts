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
  const { maxIterations } = solver;
  const most = maxIterations ?? STEP_ITERATIONS;
  return problem.frame.rows === null
    ? solveMatrixFree(problem, solver, most)
    : solveDense(problem, problem.frame.rows, solver, most);
}

/**
 * The carry has J at its position: a compiled program evaluates F once for its value, which tells whether to go on,
 * and for the J of the next iteration.
 */
function solveDense(
  { constraint, frame, ...problem }: ConstraintProblem,
  from: tf.Tensor,
  { tolerance }: NewtonSolver,
  maxIterations: number,
): ConstraintSolution {
  const { start, goesOn, advance } = iteration({ constraint, frame, ...problem }, tolerance);
  const rowsAt = (x: tf.Tensor): tf.Tensor => constraintFrame(constraint, x, true).rows as tf.Tensor;
  return whileLoop(
    goesOn,
    ({ rows, ...carry }) => {
      const next = advance(carry, frame.vjp(solveCross(rows, from, carry.value)));
      return { ...next, rows: rowsAt(next.position) };
    },
    { ...start, rows: rowsAt(start.position) },
    { maxIterations },
  );
}

function solveMatrixFree(
  problem: ConstraintProblem,
  { tolerance }: NewtonSolver,
  maxIterations: number,
): ConstraintSolution {
  const { constraint, frame } = problem;
  const { start, goesOn, advance } = iteration(problem, tolerance);
  return whileLoop(
    goesOn,
    (carry) => {
      const here = constraintFrame(constraint, carry.position, false);
      return advance(carry, frame.vjp(solveCrossMatrixFree(here, frame)));
    },
    start,
    { maxIterations },
  );
}

/** `[J(c) J(q)^T]^-1 F(c)`, `[B, k]`, from the rows of J at c and at q. */
function solveCross(at: tf.Tensor, from: tf.Tensor, value: tf.Tensor): tf.Tensor {
  if (at.shape[1] === 1) return tf.div(value, tf.sum(tf.mul(at, from), 2));
  return solveSmall(tf.matMul(at, from, false, true), value);
}

/** The same through products with J only: the normal equations of A = J(c) J(q)^T, as A is not symmetric. */
function solveCrossMatrixFree(at: ConstraintFrame, from: ConstraintFrame): tf.Tensor {
  const transposed = (v: tf.Tensor): tf.Tensor => from.jvp(at.vjp(v));
  return conjugateGradient((v) => transposed(at.jvp(from.vjp(v))), transposed(at.value)).x;
}
