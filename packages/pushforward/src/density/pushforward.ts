import type { EnergyModel } from '@ebim/ebm';
import type { TensorTree } from '@ebim/runtime';
import type { Energy } from '@ebim/samplers';
import type * as tf from '@tensorflow/tfjs';
import type { Autoencoder, AutoencoderParams } from '../autoencoder/autoencoder.js';

/** A pushforward model, parameters bound: what densities, distances and samplers see. */
export interface Pushforward {
  /** m. */
  readonly latentDimension: number;
  /** g: `[batch, ...point] -> [batch, m]` */
  readonly encode: (x: tf.Tensor) => tf.Tensor;
  /** f: `[batch, m] -> [batch, ...point]` */
  readonly decode: (z: tf.Tensor) => tf.Tensor;
  /** Energy in latent space, `[batch, m] -> [batch]` */
  readonly energy: Energy;
}

/**
 * Binds trained parameters. They stay the caller's and must live as long as the result is used.
 */
export function pushforward<E extends TensorTree, D extends TensorTree, P extends TensorTree>(
  autoencoder: Autoencoder<E, D>,
  autoencoderParams: AutoencoderParams<E, D>,
  energyModel: EnergyModel<P>,
  energyParams: P,
): Pushforward {
  return {
    latentDimension: autoencoder.latentDimension,
    encode: (x) => autoencoder.encode(autoencoderParams, x),
    decode: (z) => autoencoder.decode(autoencoderParams, z),
    energy: (z) => energyModel.energy(energyParams, z),
  };
}
