import { key, split, type Key } from '@ebim/runtime';

/** The keys of a run's parts, all from its seed. The data has its own, so that it does not depend on the rest. */
export function runKeys(
  seed: number,
): Readonly<Record<'data' | 'manifold' | 'density' | 'evaluation' | 'split', Key>> {
  const [data, manifold, density, evaluation, forSplit] = split(key(seed), 5);
  return { data, manifold, density, evaluation, split: forSplit };
}
