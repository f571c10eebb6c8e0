import { ConfigError, split, type Key } from '@ebim/runtime';
import { uniformBox, type Bounds, type Energy } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';

/** Options of {@link logPartition}. */
export interface LogPartitionOptions {
  /** Where the density lives. */
  readonly bounds: Bounds;
  /** Dimensions of a point. */
  readonly dimension: number;
  readonly key: Key;
  /** Uniform points. Default 5000, as in the reference code. */
  readonly samples?: number;
  /** Points evaluated at once. Default 5000. */
  readonly chunkSize?: number;
}

/** An estimate of log Z. */
export interface LogPartition {
  readonly logZ: number;
  /** Standard error of `logZ` (first order, from the spread of the samples). */
  readonly standardError: number;
  readonly samples: number;
}

/**
 * log of the integral of `exp(-energy)` over a box by uniform Monte Carlo (spec 1.5):
 * `Z ~ mean exp(-E(u)) * volume`, summed in float64 on the host with the largest term taken out.
 *
 * @throws ConfigError `bad-option`, `bad-bounds`
 * @example
 * ```ts
 * import { logPartition } from '@ebim/ebm';
 * import { key } from '@ebim/runtime';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const energy = (x: tf.Tensor) => tf.mul(0.5, tf.sum(tf.square(x), 1));
 * const { logZ } = await logPartition(energy, {
 *   bounds: { lower: -6, upper: 6 }, dimension: 2, key: key(0), samples: 20_000,
 * });
 * console.log(logZ); // near log(2 pi) = 1.84
 * ```
 */
export async function logPartition(energy: Energy, options: LogPartitionOptions): Promise<LogPartition> {
  const { bounds, dimension, key, samples = 5000, chunkSize = 5000 } = options;
  for (const [name, value] of Object.entries({ samples, chunkSize }))
    if (!Number.isInteger(value) || value < 2)
      throw new ConfigError({
        code: 'bad-option',
        where: `logPartition({ ${name} })`,
        expected: 'a whole number of at least 2',
        received: String(value),
      });

  const negated = new Float64Array(samples);
  const chunkKeys = split(key, Math.ceil(samples / chunkSize));
  for (const [i, chunkKey] of chunkKeys.entries()) {
    const count = Math.min(chunkSize, samples - i * chunkSize);
    const values = tf.tidy(() => tf.neg(energy(uniformBox(chunkKey, count, bounds, dimension))));
    negated.set(await values.data(), i * chunkSize);
    values.dispose();
  }

  const largest = negated.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = negated.map((value) => Math.exp(value - largest));
  const mean = weights.reduce((a, b) => a + b, 0) / samples;
  const variance = weights.reduce((sum, w) => sum + (w - mean) ** 2, 0) / (samples - 1);
  return {
    logZ: largest + Math.log(mean) + Math.log(volumeOf(bounds, dimension)),
    standardError: Math.sqrt(variance / samples) / mean,
    samples,
  };
}

function volumeOf({ lower, upper }: Bounds, dimension: number): number {
  let volume = 1;
  for (let d = 0; d < dimension; d++)
    volume *= (typeof upper === 'number' ? upper : upper[d]) - (typeof lower === 'number' ? lower : lower[d]);
  return volume;
}
