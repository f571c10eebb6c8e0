import { DataError } from '@ebim/runtime';

/**
 * Area under the ROC curve: the probability that a positive scores higher than a negative, ties counting half.
 *
 * @param positives scores that should be high
 * @param negatives scores that should be low
 * @throws DataError `no-values`, `not-a-number`; infinite scores are fine
 * @example
 * ```ts
 * import { rocAuc } from '@ebim/metrics';
 * console.log(rocAuc([3, 4, 2], [1, 2])); // 0.9166…
 * ```
 */
export function rocAuc(positives: ArrayLike<number>, negatives: ArrayLike<number>): number {
  const [high, low] = [sorted(positives, 'positives'), sorted(negatives, 'negatives')];
  let [below, through, wins] = [0, 0, 0];
  for (const score of high) {
    while (below < low.length && low[below] < score) below++;
    while (through < low.length && low[through] <= score) through++;
    wins += (below + through) / 2;
  }
  return wins / (high.length * low.length);
}

/** Scores of points from the data and of points that are not. */
export interface OutOfDistributionScores {
  /** Log likelihoods. */
  readonly logDensity?: {
    readonly inside: ArrayLike<number>;
    readonly outside: ArrayLike<number>;
  };
  /** Distances between points and their projections. */
  readonly reconstructionError?: {
    readonly inside: ArrayLike<number>;
    readonly outside: ArrayLike<number>;
  };
}

/** How well points that are not from the data can be told from those that are. */
export interface OutOfDistributionAuc {
  /** Probability that a point of the data has the higher likelihood; `null` without likelihoods. */
  readonly byLogDensity: number | null;
  /** Probability that a point of the data has the smaller error; `null` without errors. */
  readonly byReconstructionError: number | null;
  /**
   * What the M-flow paper's table shows: each AUC turned to at least 1 / 2, and the larger one taken. It looks at the
   * answer twice, so that it is never below 1 / 2.
   */
  readonly published: number;
}

/**
 * AUC of out-of-distribution detection by each score, and as published.
 *
 * @throws DataError `no-values` without any score, `not-a-number`
 */
export function outOfDistributionAuc(scores: OutOfDistributionScores): OutOfDistributionAuc {
  const { logDensity, reconstructionError } = scores;
  const byLogDensity = logDensity === undefined ? null : rocAuc(logDensity.inside, logDensity.outside);
  const byReconstructionError =
    reconstructionError === undefined
      ? null
      : rocAuc(reconstructionError.outside, reconstructionError.inside);
  const each = [byLogDensity, byReconstructionError].filter((auc) => auc !== null);
  if (each.length === 0)
    throw new DataError({
      code: 'no-values',
      where: 'outOfDistributionAuc(scores)',
      expected: 'logDensity or reconstructionError or both',
      received: 'neither',
    });
  return {
    byLogDensity,
    byReconstructionError,
    published: Math.max(...each.map((auc) => Math.max(auc, 1 - auc))),
  };
}

function sorted(scores: ArrayLike<number>, name: string): Float64Array {
  const where = `rocAuc: ${name}`;
  if (scores.length === 0)
    throw new DataError({ code: 'no-values', where, expected: 'one score or more', received: 'none' });
  const result = Float64Array.from(scores);
  const bad = result.findIndex(Number.isNaN);
  if (bad !== -1)
    throw new DataError({
      code: 'not-a-number',
      where,
      expected: 'numbers',
      received: `NaN at index ${bad}`,
    });
  return result.sort();
}
