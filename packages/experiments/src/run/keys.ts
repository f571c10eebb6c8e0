import { key, split, type Key } from '@ebim/runtime';

/** The keys of a run's parts, all from its seed. The data has its own, so that it does not depend on the rest. */
export function runKeys(seed: number): Readonly<Record<'data' | 'manifold' | 'density' | 'evaluation', Key>> {
  const [data, manifold, density, evaluation] = split(key(seed), 4);
  return { data, manifold, density, evaluation };
}
