import { whileLoop } from '@ebim/compiler';
import { gramSolver } from '../constraint/tangent-projection.js';
import { checkCount, checkPositive } from '../options.js';
import { iteration, type ConstraintProblem, type ConstraintSolution } from './problem.js';

/** Options of {@link quasiNewton}. */
export interface QuasiNewtonOptions {
  /** Violation at which a chain is done, relative to the size of a row of J: a distance. Default 1e-6. */
  readonly tolerance?: number;
  /** Default 30. */
  readonly maxIterations?: number;
}

/** The symmetric quasi-Newton method, see {@link quasiNewton}. */
export interface QuasiNewtonSolver {
  readonly kind: 'quasiNewton';
  readonly tolerance: number;
  readonly maxIterations: number;
}

/**
 * Newton's method with `J(q) J(q)^T` in place of `J(c) J(q)^T`, for a constrained step: one factor a step, and an
 * iteration is one evaluation of F. Converges linearly, the faster the shorter the step.
 *
 * @throws ConfigError `bad-option`
 */
export function quasiNewton(options: QuasiNewtonOptions = {}): QuasiNewtonSolver {
  const { tolerance = 1e-6, maxIterations = 30 } = options;
  checkPositive(tolerance, 'quasiNewton({ tolerance })');
  checkCount(maxIterations, 1, 'quasiNewton({ maxIterations })');
  return { kind: 'quasiNewton', tolerance, maxIterations };
}

/** Solves the problem of a constrained step. */
export function solveQuasiNewton(problem: ConstraintProblem, solver: QuasiNewtonSolver): ConstraintSolution {
  const { tolerance, maxIterations } = solver;
  const solve = gramSolver(problem.frame);
  const { start, goesOn, advance } = iteration(problem, tolerance);
  return whileLoop(goesOn, (carry) => advance(carry, problem.frame.vjp(solve(carry.value))), start, {
    maxIterations,
  });
}
