export type {
  AnyTransform,
  ForwardResult,
  ForwardTangents,
  InverseResult,
  InverseTangents,
  Transform,
} from './transform/transform.js';
export { defineTransform, type TransformRules } from './transform/define-transform.js';
export {
  replaceParameters,
  trainedParameters,
  type ParametersByPath,
} from './transform/trained-parameters.js';
export {
  inverseRationalQuadraticSpline,
  rationalQuadraticSpline,
  type SplineOptions,
  type SplineResult,
} from './spline/rational-quadratic-spline.js';
export { type CouplingParams } from './coupling/coupling.js';
export {
  additiveCoupling,
  affineCoupling,
  rationalQuadraticCoupling,
  type CouplingOptions,
  type RationalQuadraticCouplingOptions,
} from './coupling/coupling-layers.js';
export { permutation, type PermutationOptions, type PermutationParams } from './linear/permutation.js';
export { luLinear, type LuLinearOptions, type LuLinearParams } from './linear/lu-linear.js';
export { chain, type ChainParams } from './compose/chain.js';
export { inverted } from './compose/inverted.js';
export { vectorFlow, type VectorFlowOptions } from './compose/vector-flow.js';
