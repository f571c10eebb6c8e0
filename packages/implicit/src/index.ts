export { type AnalyticManifold } from './analytic/analytic-manifold.js';
export { ellipsoid } from './analytic/ellipsoid.js';
export { circle, sphere, type SphereOptions } from './analytic/sphere.js';
export { torus, type TorusOptions } from './analytic/torus.js';
export { constrainedEbm, type ConstrainedEbmOptions } from './density/constrained-ebm.js';
export {
  coveringPoints,
  type CoveringPoints,
  type CoveringPointsOptions,
} from './density/covering-points.js';
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
