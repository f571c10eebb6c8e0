import { energyModel, type EnergyModel } from '@ebim/ebm';
import { manifoldModel, type ManifoldModel } from '@ebim/implicit';
import { mlp, type MlpParams } from '@ebim/nn';
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
    energy: energyModel(mlp({ inputSize: n, outputSize: 1, hidden: config.density.hidden })),
  };
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
