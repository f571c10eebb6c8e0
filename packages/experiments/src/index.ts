export {
  PROFILES,
  type ExpectedTopology,
  type ExperimentData,
  type ExperimentDefinition,
  type GroundTruth,
  type HeldOut,
  type LoadOptions,
  type Profile,
  type PublishedNumbers,
} from './definitions/experiment.js';
export { experiments, findExperiment } from './definitions/registry.js';
export { applyOverrides } from './config/overrides.js';
export {
  type DensityConfig,
  type EbimConfig,
  type EvaluationConfig,
  type ManifoldConfig,
} from './config/schema.js';
export { validateConfig } from './config/validate.js';
export { type Coordinates, type LoadedPlan, type RunPlan } from './run/plan.js';
export { planExperiment, type PlanOptions } from './run/plan-experiment.js';
export { planFit, type FitPlanOptions } from './run/plan-fit.js';
export { type CoordinatesChoice } from './run/choose-coordinates.js';
export { toAmbient, toFile, toModel } from './run/coordinates.js';
export { createRunFolder, type RunFolder } from './run/run-folder.js';
export { type RunEvent } from './run/events.js';
export { type StageName } from './run/metrics-log.js';
export { executeRun, type ExecuteOptions, type RunOutcome } from './run/execute.js';
export { loadRun, loadStages, type LoadedStages, type StoredRun } from './run/load-run.js';
export { type RunRecord, type RunStatus, type Timings } from './run/run-record.js';
export { bindParameters, modelsOf, type LearnedDensity, type Models } from './pipeline/models.js';
export { sampleDensity, type DensitySamples, type SampleDensityOptions } from './pipeline/sample-density.js';
export { type Evaluation } from './evaluation/evaluate.js';
export { IncompleteEvaluationError } from './evaluation/incomplete.js';
export {
  type HeldOutMetrics,
  type Likelihood,
  type PartialMetrics,
  type PieceMetrics,
  type RunMetrics,
  type Scores,
  type Summary,
} from './evaluation/run-metrics.js';
export { findStudy, studies } from './studies/registry.js';
export { runStudy, type RunStudyOptions, type StudyOutcome } from './studies/run-study.js';
export {
  type Study,
  type StudyContext,
  type StudyResult,
  type StudyRun,
  type StudyRunOptions,
  type StudyTable,
} from './studies/study.js';
export { type StudyPlan, type StudyRecord } from './studies/study-record.js';
export { runCli } from './cli/run-cli.js';
