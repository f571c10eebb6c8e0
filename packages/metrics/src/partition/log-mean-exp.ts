import { DataError } from '@ebim/runtime';

/** Estimate of the logarithm of a mean, with the standard error of the estimate. */
export interface LogEstimate {
  readonly value: number;
  /** Delta method: standard error of the mean over the mean. Infinite for one term. */
  readonly standardError: number;
}

/**
 * log mean_s exp(x_s), by the largest term, so that it neither overflows nor underflows. -Infinity terms are zeros.
 *
 * @param values exponents
 * @param count number of terms of the mean; default all of `values`. More, if zero terms were left out.
 * @throws DataError for no terms, NaN or +Infinity
 */
export function logMeanExp(values: ArrayLike<number>, count: number = values.length): LogEstimate {
  const where = 'logMeanExp';
  if (count === 0)
    throw new DataError({ code: 'no-values', where, expected: 'one term or more', received: 'none' });
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] < Infinity)) {
      const received = `${values[i]} at index ${i}`;
      throw new DataError({ code: 'not-finite', where, expected: 'numbers below infinity', received });
    }
    largest = Math.max(largest, values[i]);
  }
  if (largest === -Infinity) return { value: -Infinity, standardError: Infinity };
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i] - largest);
  const mean = sum / count;
  let squares = (count - values.length) * mean * mean;
  for (let i = 0; i < values.length; i++) squares += (Math.exp(values[i] - largest) - mean) ** 2;
  const standardError = count > 1 ? Math.sqrt(squares / (count - 1) / count) / mean : Infinity;
  return { value: largest + Math.log(mean), standardError };
}
