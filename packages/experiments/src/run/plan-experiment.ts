import { applyOverrides } from '../config/overrides.js';
import type { EbimConfig } from '../config/schema.js';
import type { LoadOptions, Profile } from '../definitions/experiment.js';
import { findExperiment } from '../definitions/registry.js';
import { runKeys } from './keys.js';
import { plainCoordinates, type LoadedPlan } from './plan.js';
import { splitData } from './split-data.js';

/** What a user may decide about a run. */
export interface PlanOptions {
  /** Default `reference`. */
  readonly profile?: Profile;
  /** Smaller settings that finish within minutes. Default false. */
  readonly fast?: boolean;
  readonly seed?: number;
  readonly backend?: EbimConfig['backend'];
  /** `path=value` settings, applied last. */
  readonly set?: readonly string[];
}

/** The settings that options stand for, in the order in which they apply. */
export const settingsOf = ({ seed, backend, set = [] }: PlanOptions): string[] => [
  ...(seed === undefined ? [] : [`seed=${seed}`]),
  ...(backend === undefined ? [] : [`backend=${backend}`]),
  ...set,
];

/**
 * Decides everything about a run of an experiment and loads its data; writes nothing.
 *
 * @throws ConfigError `unknown-experiment`, `unknown-option`, `bad-option`, …; DataError when the data cannot be had
 * @example
 * ```ts
 * import { planExperiment } from '@ebim/experiments';
 *
 * const plan = await planExperiment('von-mises', { fast: true, seed: 1, set: ['manifold.epochs=1'] });
 * console.log(plan.title, plan.data.points.rows, plan.config.manifold.epochs); // for executeRun
 * ```
 */
export async function planExperiment(
  name: string,
  options: PlanOptions = {},
  load: LoadOptions = {},
): Promise<LoadedPlan> {
  const experiment = findExperiment(name);
  const { profile = 'reference', fast = false } = options;
  const config = applyOverrides(experiment.config(profile, fast), settingsOf(options));
  const keys = runKeys(config.seed);
  const loaded = await experiment.load(config, keys.data, load);
  const data = splitData(loaded, config.data.split, keys.split);
  const { title, summary, topology, published, views } = experiment;
  return {
    kind: 'experiment',
    name,
    title,
    summary,
    profile,
    fast,
    config,
    coordinates: plainCoordinates(data.points.columns),
    topology,
    published,
    views,
    data,
  };
}
