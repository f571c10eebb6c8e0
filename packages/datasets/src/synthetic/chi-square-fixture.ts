import { expect } from 'vitest';

/**
 * Expects that counts agree with probabilities: Pearson's statistic below its 99.99 % quantile (Wilson and Hilferty's
 * approximation). Draws come from fixed keys, so the outcome is always the same.
 */
export function expectCounts(counts: ArrayLike<number>, probabilities: ArrayLike<number>): void {
  const total = Array.from(counts).reduce((a, b) => a + b, 0);
  const sum = Array.from(probabilities).reduce((a, b) => a + b, 0);
  expect(sum).toBeCloseTo(1, 6);
  const statistic = Array.from(counts).reduce(
    (t, count, i) => t + (count - total * probabilities[i]) ** 2 / (total * probabilities[i]),
    0,
  );
  const freedom = counts.length - 1;
  const quantile = freedom * (1 - 2 / (9 * freedom) + 3.719 * Math.sqrt(2 / (9 * freedom))) ** 3;
  expect(statistic).toBeLessThan(quantile);
  // A statistic far below the degrees of freedom means that the draws are not independent.
  expect(statistic).toBeGreaterThan(freedom / 5);
}

/** Counts of values in equal bins of [low, high]. */
export function histogram(values: Iterable<number>, low: number, high: number, bins: number): Float64Array {
  const counts = new Float64Array(bins);
  for (const value of values) counts[Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))]++;
  return counts;
}

/** Integral of f over each of equal bins of [low, high], by Simpson's rule. */
export function binIntegrals(
  f: (x: number) => number,
  low: number,
  high: number,
  bins: number,
): Float64Array {
  const steps = 100;
  const width = (high - low) / bins;
  return Float64Array.from({ length: bins }, (_, bin) => {
    let sum = 0;
    for (let i = 0; i <= steps; i++)
      sum += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * f(low + (bin + i / steps) * width);
    return (sum * width) / (3 * steps);
  });
}
