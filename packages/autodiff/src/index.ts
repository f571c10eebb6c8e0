export { type TensorFunction } from './transforms/arguments.js';
export { grad, valueAndGrad, valueAndGradWithAux, type LossWithAux } from './transforms/grad.js';
export { linearize, type Linearization } from './transforms/linearize.js';
export { hvp, jvp, vjp, type VectorJacobianProduct } from './transforms/products.js';
export { jacobian } from './transforms/jacobian.js';
export { stopGradient } from './transforms/stop-gradient.js';
export { safeNorm, squaredNorm } from './norms/norms.js';
export { conjugateGradient } from './solvers/conjugate-gradient.js';
export {
  type ConjugateGradientResult,
  type ConjugateGradientStatus,
  type LinearOperator,
} from './solvers/conjugate-gradient-loop.js';
export {
  correctedConjugateGradient,
  referenceConjugateGradient,
  type ConjugateGradientOptions,
} from './solvers/conjugate-gradient-options.js';
export {
  choleskyFactor,
  choleskySolve,
  logDetFromCholesky,
  triangularSolve,
  type CholeskyFactor,
  type TriangularSolveOptions,
} from './solvers/cholesky.js';
export {
  lbfgs,
  type AsyncObjective,
  type Lbfgs,
  type LbfgsState,
  type LbfgsStop,
  type Objective,
} from './lbfgs/lbfgs.js';
export { type LbfgsOptions } from './lbfgs/options.js';
export { type Evaluation } from './lbfgs/strong-wolfe.js';
export {
  minimizeLbfgs,
  type MinimizeLbfgsOptions,
  type MinimizeLbfgsResult,
} from './lbfgs/minimize-lbfgs.js';
export {
  assertDerivatives,
  checkDerivatives,
  type CheckDerivativesOptions,
  type DerivativeCheck,
  type DerivativeReport,
} from './checks/check-derivatives.js';
