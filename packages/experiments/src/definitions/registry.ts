import { ConfigError } from '@ebim/runtime';
import { nearest } from '../config/nearest.js';
import type { ExperimentDefinition } from './experiment.js';
import { floods } from './floods.js';
import { glycine } from './glycine.js';
import { mixture } from './mixture.js';
import { projectedNormal } from './projected-normal.js';
import { vonMises } from './von-mises.js';

/** Every experiment, in the order of the papers. */
export const experiments: readonly ExperimentDefinition[] = [
  vonMises,
  projectedNormal,
  mixture,
  floods,
  glycine,
];

/**
 * The experiment of a name.
 *
 * @throws ConfigError `unknown-experiment`, naming the nearest
 */
export function findExperiment(name: string): ExperimentDefinition {
  const found = experiments.find((experiment) => experiment.name === name);
  if (found !== undefined) return found;
  throw unknownExperiment(
    name,
    experiments.map((experiment) => experiment.name),
  );
}

/** The error for a name that is none of `names`; it tells the nearest. */
export function unknownExperiment(name: string, names: readonly string[]): ConfigError {
  const guess = nearest(name, names);
  return new ConfigError({
    code: 'unknown-experiment',
    where: 'ebim run',
    expected: `one of ${names.join(', ')}`,
    received: `"${name}"`,
    hint: guess === null ? 'See `ebim list`.' : `Did you mean "${guess}"?`,
    details: { name, names },
  });
}
