export type { Points } from './points.js';
export type { GroundMetric, PointCost, TransportCost } from './transport/cost.js';
export type { TransportPlan, TransportPotentials } from './transport/certificate.js';
export {
  optimalTransport,
  type OptimalTransportOptions,
  type OptimalTransportResult,
} from './transport/optimal-transport.js';
export type { CellAnchor, CellGrid } from './discretised/cell-grid.js';
export {
  cellHistogram,
  type CellArea,
  type CellHistogram,
  type CellHistogramOptions,
  type DensityPoints,
} from './discretised/cell-histogram.js';
export {
  wassersteinDiscretised,
  type TransportReference,
  type WassersteinOptions,
  type WassersteinResult,
  type WeightedPoints,
} from './discretised/wasserstein-discretised.js';
export {
  publishedProtocol2d,
  publishedProtocol3d,
  wassersteinScores,
  type Box,
  type WassersteinScores,
} from './discretised/published-protocol.js';
export {
  asBatched,
  tensorConstraint,
  type BatchedConstraint,
  type ConstraintEvaluation,
  type ManifoldConstraint,
  type PointConstraint,
  type TensorConstraintOptions,
} from './distance/constraint.js';
export type { ClosestPointStatus } from './distance/closest-point.js';
export {
  distanceToManifold,
  type ManifoldDistanceOptions,
  type ManifoldDistances,
} from './distance/distance-to-manifold.js';
export {
  hostMlp,
  readMlpParams,
  type HostActivation,
  type HostLayer,
  type HostMlp,
  type HostMlpParams,
} from './distance/float64-mlp.js';
export { summaryStatistics, type SummaryStatistics } from './statistics/summary.js';
export {
  effectiveSampleSize,
  rHat,
  type Chains,
  type EffectiveSampleSizeOptions,
} from './statistics/chains.js';
export { logMeanExp, type LogEstimate } from './partition/log-mean-exp.js';
export {
  logPartitionCoarea,
  logPartitionOnManifold,
  pointwiseEnergy,
  type HostEnergy,
  type LogPartition,
  type LogPartitionOptions,
} from './partition/log-partition.js';
export {
  logPartitionOnMesh,
  type LogPartitionOnMeshOptions,
  type MeshLogPartition,
  type MeshQuadrature,
} from './partition/mesh-partition.js';
export { rankReport, singularValues, type RankReport } from './rank/rank-report.js';
export { tensorEnergy, type TensorEnergyOptions } from './partition/tensor-energy.js';
export {
  maximumLikelihoodDimension,
  twoNearestNeighbours,
  type DimensionEstimate,
  type DimensionEstimates,
  type MaximumLikelihoodDimensionOptions,
} from './dimension/estimators.js';
export {
  estimateManifoldDimension,
  type DimensionAtScale,
  type EstimateManifoldDimensionOptions,
  type ManifoldDimension,
} from './dimension/estimate-manifold-dimension.js';
export {
  maximumMeanDiscrepancy,
  type MaximumMeanDiscrepancy,
  type MaximumMeanDiscrepancyOptions,
} from './inference/maximum-mean-discrepancy.js';
export {
  outOfDistributionAuc,
  rocAuc,
  type OutOfDistributionAuc,
  type OutOfDistributionScores,
} from './inference/roc-auc.js';
export { closure, type Closure } from './inference/closure.js';
export { type LogPosterior, type ParameterChain } from './inference/parameter-chains.js';
export { metropolisParameters, type MetropolisParametersOptions } from './inference/metropolis.js';
export { sliceParameters, type SliceParametersOptions } from './inference/slice-sampling.js';
export {
  logKernelDensity,
  pairedLogKernelDensity,
  type LogKernelDensityOptions,
} from './inference/log-kernel-density.js';
