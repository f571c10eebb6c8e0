import { DataError } from '@ebim/runtime';

/** Location and spread of some values. */
export interface SummaryStatistics {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  readonly max: number;
  /** With n - 1 in the denominator; NaN for one value. */
  readonly standardDeviation: number;
  /** Standard deviation of the mean, for independent values: standardDeviation / sqrt(count). */
  readonly standardError: number;
}

/**
 * Minimum, median, mean, maximum and mean +- standard error.
 *
 * @throws DataError when there is no value, or one is not a number
 * @example
 * ```ts
 * const { mean, standardError } = summaryStatistics([1, 2, 3, 6]);
 * console.log(`${mean} ± ${standardError.toFixed(2)}`); // 3 ± 1.08
 * ```
 */
export function summaryStatistics(values: ArrayLike<number>): SummaryStatistics {
  const where = 'summaryStatistics';
  const count = values.length;
  if (count === 0)
    throw new DataError({ code: 'no-values', where, expected: 'one value or more', received: 'none' });
  const sorted = Float64Array.from(values);
  const bad = sorted.findIndex(Number.isNaN);
  if (bad !== -1) {
    throw new DataError({
      code: 'not-a-number',
      where,
      expected: 'numbers',
      received: `NaN at index ${bad}`,
    });
  }
  sorted.sort();
  const mean = meanOf(sorted);
  let squares = 0;
  for (const value of sorted) squares += (value - mean) ** 2;
  const standardDeviation = Math.sqrt(squares / (count - 1));
  return {
    count,
    min: sorted[0],
    median: (sorted[Math.floor((count - 1) / 2)] + sorted[Math.ceil((count - 1) / 2)]) / 2,
    mean,
    max: sorted[count - 1],
    standardDeviation,
    standardError: standardDeviation / Math.sqrt(count),
  };
}

/** Arithmetic mean, corrected once for rounding. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  const mean = sum / values.length;
  if (!Number.isFinite(mean)) return mean;
  let rest = 0;
  for (let i = 0; i < values.length; i++) rest += values[i] - mean;
  return mean + rest / values.length;
}
