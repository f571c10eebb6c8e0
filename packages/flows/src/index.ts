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
export {
  elementwiseSpline,
  type ElementwiseSplineOptions,
  type ElementwiseSplineParams,
} from './spline/elementwise-spline.js';
export { logTanh, type LogTanhOptions } from './elementwise/log-tanh.js';
export { actNorm, type ActNormOptions, type ActNormParams } from './linear/act-norm.js';
export {
  conditionalAffine,
  scalarAffine,
  type ConditionalAffineOptions,
  type ConditionalAffineParams,
  type ScalarAffineOptions,
  type ScalarAffineParams,
} from './linear/scalar-affine.js';
export { hypersphericalChart, type HypersphericalOptions } from './charts/hyperspherical.js';
export { pad, type PadOptions } from './charts/pad.js';
export {
  maskedAutoregressive,
  type MaskedAutoregressiveOptions,
  type MaskedAutoregressiveParams,
} from './autoregressive/masked-autoregressive.js';
export { type MaskedNetworkParams } from './autoregressive/masked-network.js';
export { partial, type PartialOptions } from './compose/partial.js';
export { squeeze, type ImageShape, type SqueezeOptions } from './image/squeeze.js';
export { convolution1x1, overPixels, type Convolution1x1Options } from './image/over-pixels.js';
export { multiScale } from './image/multi-scale.js';
export { chartPoint, chartTangents, type ChartTangents } from './tangents/chart.js';
export { logVolumeOfTangents } from './tangents/log-volume.js';
export {
  estimateLogVolume,
  type EstimateLogVolumeOptions,
  type LogVolumeEstimate,
} from './tangents/estimate-log-volume.js';
export { closedSpline } from './tour/closed-spline.js';
export { latentTour, type LatentTour, type LatentTourOptions } from './tour/latent-tour.js';
export { inspectBox, type BoxReport } from './spline/inspect-box.js';
export type { DensityMode, FlowModel, LogDensityOptions, SampleOptions } from './models/model.js';
export { parameterReport, type ParameterReport } from './models/parameter-report.js';
export { ambientFlow } from './models/ambient-flow.js';
export {
  mFlow,
  pie,
  type ManifoldFlowOptions,
  type ManifoldFlowParams,
  type PieOptions,
} from './models/manifold-flow.js';
export {
  mFlowWithEncoder,
  probabilisticAutoencoder,
  type EncoderFlowOptions,
  type EncoderFlowParams,
  type ProbabilisticAutoencoderOptions,
  type ProbabilisticAutoencoderParams,
} from './models/autoencoders.js';
export {
  prescribedManifoldFlow,
  type PrescribedManifoldFlowOptions,
} from './models/prescribed-manifold-flow.js';
export { joinRows, layoutOf, splitRows, type RowLayout, type Rows } from './training/rows.js';
export type { LossTerms, TrainingLoss } from './training/loss.js';
export {
  likelihoodLoss,
  reconstructionLoss,
  sumOfLosses,
  type LikelihoodLossOptions,
  type ReconstructionLossOptions,
} from './training/flow-losses.js';
export {
  sinkhornDivergence,
  sinkhornPotentials,
  transportLoss,
  type SinkhornOptions,
  type SinkhornPotentials,
  type TransportLossOptions,
} from './training/sinkhorn.js';
export type { Optimization, Phase, Stage } from './training/stage.js';
export {
  stageTrainer,
  type StageState,
  type StageTrainer,
  type StageTrainerOptions,
} from './training/stage-trainer.js';
export { stageBatches } from './training/stage-batches.js';
export {
  alternatingSchedule,
  alternatingTransportSchedule,
  likelihoodSchedule,
  reconstructionSchedule,
  sequentialSchedule,
  simultaneousSchedule,
  transportSchedule,
  type AlternatingScheduleOptions,
  type AlternatingTransportScheduleOptions,
  type LikelihoodScheduleOptions,
  type ManifoldScheduleOptions,
  type ReconstructionScheduleOptions,
  type ScheduleOptions,
  type SimultaneousScheduleOptions,
  type TransportScheduleOptions,
} from './training/schedules.js';
export {
  trainStages,
  type StageReport,
  type Trainable,
  type TrainedStages,
  type TrainStagesOptions,
} from './training/train-stages.js';
export {
  alicesLoss,
  alicesSchedule,
  ratioEstimator,
  type RatioEstimator,
  type RatioEstimatorOptions,
  type Standardisation,
} from './training/ratio-estimator.js';
export {
  lineDemonstration,
  lineLosses,
  lineMoments,
  NORMAL_MOMENTS,
  type LineDemonstration,
  type LineLosses,
  type LineMoments,
} from './training/line-demonstration.js';
export {
  FLOW_PRESETS,
  SCANDAL_SCORE_WEIGHT,
  type FlowArchitecture,
  type FlowPreset,
  type FlowTraining,
} from './training/presets.js';
export {
  flowModel,
  presetSchedule,
  type FlowModelName,
  type ScheduleName,
} from './training/preset-models.js';
