import { energyModel, type EnergyModel } from '@ebim/ebm';
import { mlp, type MlpParams } from '@ebim/nn';
import { autoencoder, variationalAutoencoder, type Autoencoder } from '@ebim/pushforward';
import type { PushforwardSettings } from '../definitions/pushforward-settings.js';

/** The three networks of a pushforward model, parameters open. */
export interface PushforwardModels {
  readonly autoencoder: Autoencoder<MlpParams, MlpParams>;
  readonly energy: EnergyModel<MlpParams>;
}

/** The networks that settings ask for, on points of n coordinates. */
export function pushforwardModelsOf(
  settings: PushforwardSettings,
  ambientDimension: number,
): PushforwardModels {
  const { latentDimension: m } = settings;
  const { hidden, variational } = settings.autoencoder;
  const decoder = mlp({ inputSize: m, outputSize: ambientDimension, hidden });
  const encoder = (outputSize: number) => mlp({ inputSize: ambientDimension, outputSize, hidden });
  return {
    autoencoder:
      variational === null
        ? autoencoder(encoder(m), decoder)
        : variationalAutoencoder(encoder(2 * m), decoder),
    energy: energyModel(mlp({ inputSize: m, outputSize: 1, hidden: settings.density.hidden })),
  };
}
