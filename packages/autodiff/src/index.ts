export { type TensorFunction } from './transforms/arguments.js';
export { grad, valueAndGrad, valueAndGradWithAux, type LossWithAux } from './transforms/grad.js';
export { linearize, type Linearization } from './transforms/linearize.js';
export { hvp, jvp, vjp, type VectorJacobianProduct } from './transforms/products.js';
export { jacobian } from './transforms/jacobian.js';
export { stopGradient } from './transforms/stop-gradient.js';
export { safeNorm, squaredNorm } from './norms/norms.js';
