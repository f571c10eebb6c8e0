import type { ConstraintSolver } from './constraint-solver.js';
import { solveGradientDescent } from './gradient-descent.js';
import { solveLbfgs } from './lbfgs.js';
import { solveNewton } from './newton.js';
import type { ConstraintProblem, ConstraintSolution } from './problem.js';
import { solveQuasiNewton } from './quasi-newton.js';

/** Solves the problem of a constrained step with the chosen solver. */
export function solveStep(problem: ConstraintProblem, solver: ConstraintSolver): ConstraintSolution {
  switch (solver.kind) {
    case 'newton':
      return solveNewton(problem, solver);
    case 'quasiNewton':
      return solveQuasiNewton(problem, solver);
    case 'lbfgs':
      return solveLbfgs(problem, solver);
    case 'gradientDescent':
      return solveGradientDescent(problem, solver);
  }
}
