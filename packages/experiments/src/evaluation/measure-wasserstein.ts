import type { EbimConfig } from '../config/schema.js';
import type { ExperimentData } from '../definitions/experiment.js';
import type { Points } from '@ebim/datasets';
import { isManifold, type LevelSet } from './level-set.js';
import type { RunMetrics, Scores } from './run-metrics.js';
import {
  pointsSetting,
  publishedScore,
  scoreDensity,
  wassersteinSetting,
  type WassersteinSetting,
} from './wasserstein.js';

/** A learned density at points that cover the manifold and at the middles of its mesh. */
export interface EnergyOnManifold {
  readonly covering: { readonly points: Points; readonly energy: Float64Array };
  readonly levelSet: LevelSet | null;
  readonly centreEnergy: Float64Array | null;
}

/** Scores of a run under the published protocol and by true W1, at the published temperature and at 1. */
export function measureWasserstein(
  config: EbimConfig,
  data: ExperimentData,
  learned: EnergyOnManifold,
): RunMetrics['wasserstein'] {
  const setting = wassersteinSetting(config, data);
  if (setting === null) return null;
  const { temperature } = config.evaluation;
  const { points, energy } = learned.covering;
  const atOne = scoresAtOne(setting, learned);
  return {
    temperature,
    published:
      temperature === 1
        ? atOne.published
        : publishedScore(setting, { points, density: boltzmann(learned, energy, temperature) }),
    atOne,
    uniform: publishedScore(setting, { points, density: energy.map(() => 1) }),
  };
}

/** Scores of a run, at temperature 1, against points that training did not see. */
export function measureAgainst(
  config: EbimConfig,
  heldOut: Points,
  learned: EnergyOnManifold,
): Scores | null {
  const setting = pointsSetting(config, heldOut);
  return setting === null ? null : scoresAtOne(setting, learned);
}

function scoresAtOne(setting: WassersteinSetting, learned: EnergyOnManifold): Scores {
  const { covering, levelSet, centreEnergy } = learned;
  return scoreDensity(
    setting,
    { points: covering.points, density: boltzmann(learned, covering.energy, 1) },
    levelSet === null || centreEnergy === null || !isManifold(levelSet)
      ? null
      : { set: levelSet, density: boltzmann(learned, centreEnergy, 1) },
  );
}

/** exp(-E / T), scaled so that it stays within range; scores do not depend on the scale. */
export function boltzmann(
  { covering }: Pick<EnergyOnManifold, 'covering'>,
  energy: Float64Array,
  temperature: number,
): Float64Array {
  const lowest = covering.energy.reduce((a, b) => Math.min(a, b), Infinity);
  return energy.map((e) => Math.exp((lowest - e) / temperature));
}
