export {
  autoencoder,
  variationalAutoencoder,
  type Autoencoder,
  type AutoencoderParams,
  type Posterior,
} from './autoencoder/autoencoder.js';
export {
  autoencoderLoss,
  type AutoencoderLossOptions,
  type AutoencoderTerms,
} from './autoencoder/autoencoder-loss.js';
export {
  autoencoderTrainer,
  type AutoencoderState,
  type AutoencoderTrainer,
  type AutoencoderTrainerOptions,
} from './autoencoder/autoencoder-trainer.js';
export { exactDivergence, referenceDivergence, type DivergenceForm } from './autoencoder/divergence.js';
export {
  densityLattice,
  type DensityLattice,
  type DensityLatticeOptions,
} from './density/density-lattice.js';
export { inferLatentBox, type LatentBox, type LatentBoxOptions } from './density/latent-box.js';
export { latentEbm, type LatentEbmOptions } from './density/latent-ebm.js';
export { latentCells, latentLattice } from './density/latent-lattice.js';
export { latentLogPartition, type LatentPartitionMethod } from './density/latent-log-partition.js';
export { ambientEnergy, pushforwardLogDensity, pushforwardLogDensityAt } from './density/log-density.js';
export { logVolumeElement } from './density/log-volume.js';
export { pushforward, type Pushforward } from './density/pushforward.js';
export {
  samplePushforward,
  type PushforwardSamples,
  type SamplePushforwardOptions,
} from './density/sample-pushforward.js';
export type { ClosestCodeStatus, DecoderEvaluation, HostDecoder } from './distance/decoder-problem.js';
export {
  distanceToPushforward,
  type PushforwardDistanceOptions,
  type PushforwardDistances,
} from './distance/distance-to-pushforward.js';
