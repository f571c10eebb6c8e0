import { DataError } from '@ebim/runtime';
import { rankNormalise } from './rank-normalise.js';
import { meanOf } from './summary.js';

/** One number a step, of one or more chains of equal length. */
export type Chains = readonly ArrayLike<number>[];

function checkedChains(chains: Chains, where: string): Float64Array[] {
  const length = chains[0]?.length ?? 0;
  if (length < 4 || chains.some((chain) => chain.length !== length)) {
    throw new DataError({
      code: 'invalid-chains',
      where,
      expected: 'one chain or more, all of the same length >= 4',
      received: chains.length === 0 ? 'none' : `lengths ${chains.map((chain) => chain.length).join(', ')}`,
    });
  }
  const result = chains.map((chain) => Float64Array.from(chain));
  result.forEach((chain, c) => {
    const bad = chain.findIndex((value) => !Number.isFinite(value));
    if (bad === -1) return;
    const received = `${chain[bad]} at step ${bad} of chain ${c}`;
    throw new DataError({ code: 'not-finite', where, expected: 'finite values', received });
  });
  return result;
}

/** First and second half of every chain; the middle step of an odd length is left out. */
function splitChains(chains: readonly Float64Array[]): Float64Array[] {
  const half = Math.floor(chains[0].length / 2);
  return chains.flatMap((chain) => [chain.slice(0, half), chain.slice(chain.length - half)]);
}

function variance(values: Float64Array): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

/** W and var+ of Gelman et al.: the mean variance within chains, and the pooled estimate. */
function variances(chains: readonly Float64Array[]): { within: number; pooled: number } {
  const length = chains[0].length;
  const within = meanOf(chains.map(variance));
  const between = chains.length > 1 ? variance(Float64Array.from(chains, meanOf)) : 0;
  return { within, pooled: ((length - 1) / length) * within + between };
}

function plainRHat(chains: readonly Float64Array[]): number {
  const { within, pooled } = variances(chains);
  return Math.sqrt(pooled / within);
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

/**
 * Rank-normalised split R-hat: the larger of that of the values and that of their distances from the median
 * (Vehtari et al. 2021). Near 1 where chains agree; above 1.01 is a warning. NaN where all values are equal.
 *
 * @throws DataError for no chains, lengths that differ or are below 4, values that are not finite
 */
export function rHat(chains: Chains): number {
  const split = splitChains(checkedChains(chains, 'rHat'));
  const centre = median(split.flatMap((chain) => Array.from(chain)));
  const folded = split.map((chain) => chain.map((value) => Math.abs(value - centre)));
  return Math.max(plainRHat(rankNormalise(split)), plainRHat(rankNormalise(folded)));
}

/** Autocovariance at one lag, with the length in the denominator. */
function autocovariance(chain: Float64Array, mean: number, lag: number): number {
  let sum = 0;
  for (let t = 0; t + lag < chain.length; t++) sum += (chain[t] - mean) * (chain[t + lag] - mean);
  return sum / chain.length;
}

/** Options of {@link effectiveSampleSize}. */
export interface EffectiveSampleSizeOptions {
  /** `bulk` (default): of the rank-normalised values. `mean`: of the values themselves. */
  readonly kind?: 'bulk' | 'mean';
}

/**
 * Effective sample size of split chains by Geyer's initial monotone sequence (Vehtari et al. 2021). Capped at
 * S log10 S for antithetic chains. NaN where all values are equal.
 *
 * @throws DataError for no chains, lengths that differ or are below 4, values that are not finite
 */
export function effectiveSampleSize(chains: Chains, options: EffectiveSampleSizeOptions = {}): number {
  const split = splitChains(checkedChains(chains, 'effectiveSampleSize'));
  const values = options.kind === 'mean' ? split : rankNormalise(split);
  const length = values[0].length;
  const total = length * values.length;
  const { pooled } = variances(values);
  if (!(pooled > 0)) return NaN;
  const within = variances(values).within;
  const means = values.map(meanOf);
  const correlation = (lag: number): number => {
    const covariance = meanOf(values.map((chain, c) => autocovariance(chain, means[c], lag)));
    return 1 - (within - covariance) / pooled;
  };

  // Sums of neighbouring pairs are positive and fall for a reversible chain; where they do not, noise has begun.
  // The first correlation after the last pair that counts is added once, if positive.
  let pair = 1 + correlation(1);
  let sum = pair;
  let tail = 0;
  for (let lag = 2; lag < length - 2; lag += 2) {
    const even = correlation(lag);
    const next = even + correlation(lag + 1);
    tail = Math.max(0, even);
    if (next <= 0 || lag + 2 >= length - 2) break;
    pair = Math.min(pair, next);
    sum += pair;
  }
  const time = Math.max(2 * sum - 1 + tail, 1 / Math.log10(total));
  return total / time;
}
