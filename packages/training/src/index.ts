export type { LearningRate, Optimizer } from './optimizers/optimizer.js';
export { adam, adamW, type AdamOptions, type AdamState } from './optimizers/adam.js';
export { sgd, type SgdOptions, type SgdState } from './optimizers/sgd.js';
export { averageOf, withAverage, type AverageOptions, type AverageState } from './optimizers/with-average.js';
export { cosineSchedule, type CosineScheduleOptions } from './optimizers/cosine-schedule.js';
export { clipByGlobalNorm, clipByValue } from './clipping/clip.js';
export { batches, type BatchesOptions, type BatchSource } from './data/batches.js';
export type { CompileChoice } from './fit/compiled-step.js';
export { fit, type FitOptions, type FitResult } from './fit/fit.js';
export { bestEpoch, type BestEpoch, type BestEpochOptions, type BestEpochWatch } from './fit/best-epoch.js';
export type {
  CheckpointEvent,
  EpochEvent,
  EpochStats,
  FitEvent,
  StepEvent,
  Symptom,
  WarningEvent,
} from './fit/events.js';
export type { CheckpointStore } from './fit/checkpoint-store.js';
export type { StepStats } from './fit/stats-recorder.js';
export { folderStore } from './fit/folder-store.js';
