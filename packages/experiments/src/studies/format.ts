import { format } from '../report/result-rows.js';

/** Mean and standard error of some numbers. */
export interface Spread {
  readonly mean: number;
  /** Standard deviation over the root of the count; NaN for one number. */
  readonly standardError: number;
  readonly values: readonly number[];
}

/** Mean and standard error. */
export function spreadOf(values: readonly number[]): Spread {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: n < 2 ? NaN : Math.sqrt(squares / (n - 1) / n), values };
}

/** `0.0123 ± 0.0004`, or the number alone where there is one. */
export function spreadText(values: readonly number[]): string {
  if (values.length === 0) return 'none';
  const { mean, standardError } = spreadOf(values);
  return Number.isNaN(standardError) ? format(mean) : `${format(mean)} ± ${format(standardError)}`;
}

/** `2 of 3` */
export const countText = (flags: readonly boolean[]): string =>
  `${flags.filter(Boolean).length} of ${flags.length}`;

/** The middle value, or the mean of the two in the middle. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) / 2;
  return (sorted[Math.floor(at)] + sorted[Math.ceil(at)]) / 2;
}

/** The number alone, or the median with the least and the largest. */
export function medianText(values: readonly number[]): string {
  if (values.length === 0) return 'none';
  const [least, largest] = [Math.min(...values), Math.max(...values)];
  const middle = format(median(values));
  return values.length === 1 ? middle : `${middle} (${format(least)} to ${format(largest)})`;
}
