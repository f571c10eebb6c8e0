export * from './bounds.js';
export * from './buffers/replay-buffer.js';
export type { InfoSummary } from './chains/info-log.js';
export * from './chains/run-chain.js';
export * from './chains/run-steps.js';
export type { Constraint } from './constraint/constraint-frame.js';
export {
  cholesky,
  conjugateGradient,
  tangentProjection,
  type CholeskyProjection,
  type ConjugateGradientProjection,
  type TangentProjection,
} from './constraint/tangent-projection.js';
export type { Energy, LangevinSizes } from './drift.js';
export type * from './kernel.js';
export * from './kernels/constrained-hmc.js';
export * from './kernels/constrained-langevin.js';
export * from './kernels/langevin.js';
export * from './project-to-manifold.js';
export type { ConstraintSolver } from './solvers/constraint-solver.js';
export {
  gradientDescent,
  type GradientDescentOptions,
  type GradientDescentSolver,
} from './solvers/gradient-descent.js';
export { lbfgs, type LbfgsOptions, type LbfgsSolver } from './solvers/lbfgs.js';
export { newton, type NewtonOptions, type NewtonSolver } from './solvers/newton.js';
export { quasiNewton, type QuasiNewtonOptions, type QuasiNewtonSolver } from './solvers/quasi-newton.js';
