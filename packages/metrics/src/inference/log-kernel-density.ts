import { ConfigError, ShapeError } from '@ebim/runtime';
import type { Points } from '../points.js';
import { requireFinitePoints } from './require-finite.js';

/** Options of {@link logKernelDensity}. */
export interface LogKernelDensityOptions {
  /** Standard deviation of the Gaussian in every direction: 0.15 for particle physics, 0.05 for images. */
  readonly bandwidth: number;
}

/**
 * Natural logarithm of a Gaussian kernel density at one point: the "log posterior" of the M-flow paper, for posterior
 * draws at the true parameters. At most `-(p / 2) log(2 pi bandwidth^2)`.
 *
 * @param samples `[n, p]`, such as the draws of several chains
 * @param at `[p]`
 * @throws DataError `too-few-points`, `not-finite`; ShapeError `wrong-size`; ConfigError `bad-bandwidth`
 * @example
 * ```ts
 * import { logKernelDensity } from '@ebim/metrics';
 * const samples = { data: Float64Array.of(0, 0), rows: 1, columns: 2 };
 * console.log(logKernelDensity(samples, [0, 0], { bandwidth: 0.15 }).toFixed(3)); // 1.956
 * ```
 */
export function logKernelDensity(
  samples: Points,
  at: ArrayLike<number>,
  options: LogKernelDensityOptions,
): number {
  const where = 'logKernelDensity';
  const { bandwidth } = options;
  requireFinitePoints(samples, 1, `${where}(samples)`);
  if (!(bandwidth > 0 && bandwidth < Infinity))
    throw new ConfigError({
      code: 'bad-bandwidth',
      where: `${where}({ bandwidth })`,
      expected: 'a positive number',
      received: String(bandwidth),
    });
  const { data, rows, columns } = samples;
  if (at.length !== columns || !Array.from(at).every(Number.isFinite))
    throw new ShapeError({
      code: 'wrong-size',
      where: `${where}(samples, at)`,
      expected: `${columns} finite numbers`,
      received: `(${Array.from(at).join(', ')})`,
    });
  const exponents = Float64Array.from({ length: rows }, (_, i) => {
    let squared = 0;
    for (let d = 0; d < columns; d++) squared += (data[i * columns + d] - at[d]) ** 2;
    return -squared / (2 * bandwidth * bandwidth);
  });
  const high = exponents.reduce((a, b) => Math.max(a, b));
  const sum = exponents.reduce((total, value) => total + Math.exp(value - high), 0);
  return high + Math.log(sum / rows) - (columns / 2) * Math.log(2 * Math.PI * bandwidth * bandwidth);
}

/**
 * The log posterior of the M-flow paper's 64-dimensional images as its code computes it: draws of one parameter in
 * consecutive pairs, the density of the pairs at (theta, theta). It is not a log posterior of that parameter, and up to
 * twice as large; {@link logKernelDensity} of the same draws is. An odd last draw is left out.
 *
 * @param samples `[n, 1]`, n >= 2
 * @throws as {@link logKernelDensity}; ShapeError `wrong-columns`
 */
export function pairedLogKernelDensity(
  samples: Points,
  at: number,
  options: LogKernelDensityOptions,
): number {
  const where = 'pairedLogKernelDensity';
  requireFinitePoints(samples, 2, `${where}(samples)`);
  if (samples.columns !== 1)
    throw new ShapeError({
      code: 'wrong-columns',
      where,
      expected: 'draws of one parameter',
      received: `${samples.columns} columns`,
    });
  const rows = Math.floor(samples.rows / 2);
  return logKernelDensity({ data: samples.data.subarray(0, 2 * rows), rows, columns: 2 }, [at, at], options);
}
