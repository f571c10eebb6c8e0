import { pointsOf, type Points } from '@ebim/datasets';
import { TRUE_THETAS } from './data.js';

/** Events of one observed set. */
export const OBSERVED = 20;
/** Chains of the first observed set of each theta, whose draws are taken together. */
export const CHAINS = 4;

/** One chain: which test set, and which of its observed sets. */
export interface ChainPlace {
  readonly test: number;
  readonly set: number;
}

/**
 * The chains of all test sets, test by test: {@link CHAINS} for the first observed set, the published one, and one for
 * each of the others, which show how much hangs on that choice.
 */
export const chainPlaces = (sets: number): ChainPlace[] =>
  TRUE_THETAS.flatMap((_, test) =>
    Array.from({ length: CHAINS + sets - 1 }, (__, i) => ({ test, set: Math.max(0, i + 1 - CHAINS) })),
  );

/** What each chain looks at: {@link OBSERVED} rows of its test set, one chain after the other. */
export function observedRows(tests: readonly Points[], places: readonly ChainPlace[]): Points {
  const { columns } = tests[0];
  const size = OBSERVED * columns;
  const data = new Float64Array(places.length * size);
  places.forEach(({ test, set }, i) => {
    data.set(tests[test].data.subarray(set * size, (set + 1) * size), i * size);
  });
  return pointsOf(data, columns);
}
