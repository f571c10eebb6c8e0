import { energyModel, type EnergyModel } from '@ebim/ebm';
import { manifoldModel, type ManifoldModel } from '@ebim/implicit';
import { fourierFeatures, mlp, type MlpParams } from '@ebim/nn';
import { key } from '@ebim/runtime';
import type { Constraint, Energy } from '@ebim/samplers';
import type { EbimConfig } from '../config/schema.js';

/** The two networks of a run, parameters open. */
export interface Models {
  readonly manifold: ManifoldModel<MlpParams>;
  readonly energy: EnergyModel<MlpParams>;
}

/** A trained pair (F, E): a density on the zero set of F. */
export interface LearnedDensity {
  readonly constraint: Constraint;
  readonly energy: Energy;
  readonly manifoldParams: MlpParams;
  readonly energyParams: MlpParams;
}

/** The networks that a configuration asks for. */
export function modelsOf(config: EbimConfig): Models {
  const n = config.bounds.lower.length;
  const outputSize = n - config.manifoldDimension;
  return {
    manifold: manifoldModel(mlp({ inputSize: n, outputSize, hidden: config.manifold.hidden })),
    energy: energyModel(energyNetwork(n, config.density)),
  };
}

/** Waves of each scale. */
const WAVES = 16;

/** Waves are drawn once and for all, so that a network can be made again from its configuration. */
function energyNetwork(n: number, { hidden, frequencies }: EbimConfig['density']) {
  const plain = (inputSize: number) => mlp({ inputSize, outputSize: 1, hidden });
  if (frequencies.length === 0) return plain(n);
  // Fine waves are made weak, so that an energy is smooth where nothing speaks against it.
  return fourierFeatures({ inputSize: n, scales: frequencies, count: WAVES, decay: 1, key: key(0) }, plain);
}

/** Binds trained parameters. */
export function bindParameters(
  models: Models,
  manifoldParams: MlpParams,
  energyParams: MlpParams,
): LearnedDensity {
  return {
    constraint: models.manifold.constraint(manifoldParams),
    energy: (x) => models.energy.energy(energyParams, x),
    manifoldParams,
    energyParams,
  };
}
