export { type AnalyticManifold } from './analytic/analytic-manifold.js';
export { ellipsoid } from './analytic/ellipsoid.js';
export { circle, sphere, type SphereOptions } from './analytic/sphere.js';
export { torus, type TorusOptions } from './analytic/torus.js';
export { intersection, union, type UnionOptions } from './arithmetic/combine.js';
export {
  implicitManifold,
  type ImplicitManifold,
  type ManifoldComponent,
  type ManifoldDensity,
  type ZeroSet,
} from './arithmetic/implicit-manifold.js';
export { componentOf, logDensity, mixtureEnergy, type MembershipMeasure } from './arithmetic/mixture.js';
export { normalised } from './arithmetic/normalised.js';
export { rankReport, type RankReport, type RankReportOptions } from './arithmetic/rank-report.js';
export {
  coverManifold,
  sampleManifold,
  type ManifoldSamples,
  type SampleManifoldOptions,
} from './arithmetic/sample-manifold.js';
export { rotate, scale, translate } from './arithmetic/transforms.js';
export { type SearchOptions } from './arithmetic/tube.js';
export { constrainedEbm, type ConstrainedEbmOptions } from './density/constrained-ebm.js';
export {
  coveringPoints,
  type CoveringPoints,
  type CoveringPointsOptions,
} from './density/covering-points.js';
export { importanceNodes, type ImportanceNodesOptions } from './density/importance-nodes.js';
export { meshNodes, uniformNodes, type IntegrationNodes } from './density/integration-nodes.js';
export {
  manifoldKernelDensity,
  type ManifoldKernelDensityOptions,
} from './density/manifold-kernel-density.js';
export {
  quadratureEbm,
  type QuadratureEbmOptions,
  type QuadratureState,
  type QuadratureTrainer,
} from './density/quadrature-ebm.js';
export {
  manifoldLoss,
  manifoldLossV1,
  type ManifoldLossOptions,
  type ManifoldLossTerms,
} from './manifold/manifold-loss.js';
export { manifoldModel, type ManifoldModel } from './manifold/manifold-model.js';
export {
  manifoldTrainer,
  type ManifoldState,
  type ManifoldTrainer,
  type ManifoldTrainerOptions,
} from './manifold/manifold-trainer.js';
export { rankRegulariser, type RankRegulariserOptions } from './manifold/rank-regulariser.js';
export { normOf, type Norm } from './norm.js';
