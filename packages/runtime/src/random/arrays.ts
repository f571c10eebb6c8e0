import { ConfigError } from '../errors/ebim-error.js';
import { normalValues53, permutationValues, uniformValues53 } from './generate.js';
import type { Key } from './key.js';

/**
 * Uniform float64 values in `[0, 1)` on the host, from 53 random bits each: for data sets and metrics.
 *
 * @throws {@link ConfigError} `bad-count`
 */
export const uniformArray = (key: Key, count: number): Float64Array =>
  uniformValues53(key.words, checked('uniformArray', count));

/**
 * Standard normal float64 values on the host, from 52 random bits each: for data sets and metrics.
 *
 * @throws {@link ConfigError} `bad-count`
 */
export const normalArray = (key: Key, count: number): Float64Array =>
  normalValues53(key.words, checked('normalArray', count));

function checked(where: string, count: number): number {
  if (!Number.isSafeInteger(count) || count < 0)
    throw new ConfigError({
      code: 'bad-count',
      where: `${where}(key, count)`,
      expected: 'a whole number >= 0',
      received: String(count),
    });
  return count;
}

/**
 * A random order of `0 … count - 1` on the host, each order equally likely: the values of `permutation`.
 *
 * @throws {@link ConfigError} `bad-count`
 */
export const permutationArray = (key: Key, count: number): Int32Array =>
  permutationValues(key.words, checked('permutationArray', count));
