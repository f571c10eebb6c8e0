/** Test statistics with generous critical values: keys are fixed, so that a test passes always or never. */

/** Kolmogorov-Smirnov distance times sqrt(n): 1.95 is exceeded with probability 0.001. */
export function kolmogorovSmirnov(values: ArrayLike<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const gaps = sorted.map((x, i) => Math.max(cdf(x) - i / n, (i + 1) / n - cdf(x)));
  return gaps.reduce((a, b) => Math.max(a, b), 0) * Math.sqrt(n);
}

/** Chi-square against equal bins, as a number of standard deviations from its mean. */
export function chiSquareScore(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return (chi - freedom) / Math.sqrt(2 * freedom);
}

/** Counts of whole numbers 0 … bins - 1. */
export function histogram(values: Iterable<number>, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[value] += 1;
  return counts;
}

/** Correlation times sqrt(n): standard normal for independent values. */
export function correlationScore(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  const mean = (x: ArrayLike<number>) => Array.from(x).reduce((s, v) => s + v, 0) / n;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return (ab / Math.sqrt(aa * bb)) * Math.sqrt(n);
}

/** Mean of f over values. */
export const meanOf = (values: ArrayLike<number>, f: (x: number) => number = (x) => x): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += f(values[i]);
  return sum / values.length;
};
