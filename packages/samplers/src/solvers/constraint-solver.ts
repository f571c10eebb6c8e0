import type { GradientDescentSolver } from './gradient-descent.js';
import type { LbfgsSolver } from './lbfgs.js';
import type { NewtonSolver } from './newton.js';
import type { QuasiNewtonSolver } from './quasi-newton.js';

/** How a point is brought onto the manifold. */
export type ConstraintSolver = NewtonSolver | QuasiNewtonSolver | LbfgsSolver | GradientDescentSolver;
