export { ambientEbm, type AmbientEbmOptions } from './ambient-ebm.js';
export {
  contrastiveDivergence,
  type ContrastiveDivergenceOptions,
  type ContrastiveDivergenceState,
  type ContrastiveDivergenceTrainer,
} from './contrastive-divergence.js';
export {
  contrastiveDivergenceLoss,
  type ContrastiveDivergenceLossOptions,
  type ContrastiveDivergenceTerms,
} from './contrastive-divergence-loss.js';
export { energyModel, type EnergyModel } from './energy-model.js';
export { logPartition, type LogPartition, type LogPartitionOptions } from './log-partition.js';
export { samplerStats, type Stats } from './sampler-stats.js';
