import { ConfigError } from '@ebim/runtime';
import type * as tf from '@tensorflow/tfjs';

/** Options of `conjugateGradient`. Residuals are relative: |b - A x| / |b|, every row by its own |b|. */
export interface ConjugateGradientOptions {
  /** Stop when the relative residual is below. Default 1e-4. */
  readonly tolerance?: number;
  /** Iterations that are done in any case. Default 0. */
  readonly minIterations?: number;
  /** Default min(k, 100): k iterations are exact but for rounding. */
  readonly maxIterations?: number;
  /** Where to start, `[batch, k]`. Default 0. */
  readonly initial?: tf.Tensor;
  /** Approximates the inverse of the operator; linear, symmetric, positive definite. Default none. */
  readonly preconditioner?: (residual: tf.Tensor) => tf.Tensor;
  /**
   * `each`: every row stops by itself, the loop when all have stopped. `batchMean`: the loop stops when the mean of
   * the relative residuals is below the tolerance. Default `each`.
   */
  readonly stopping?: 'each' | 'batchMean';
  /** A row with a smaller relative residual is not updated any more. Default 1e-10. */
  readonly freezeBelow?: number;
  /**
   * A coefficient whose denominator (for |b| = 1) is smaller is set to 0. Default 0: only a curvature that is not
   * positive stops a row.
   */
  readonly divisionGuard?: number;
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly tolerance: number;
  readonly minIterations: number;
  readonly maxIterations: number;
  readonly initial: tf.Tensor | undefined;
  readonly preconditioner: ((residual: tf.Tensor) => tf.Tensor) | undefined;
  readonly stopping: 'each' | 'batchMean';
  readonly freezeBelow: number;
  readonly divisionGuard: number;
}

/**
 * What the library behind the authors' implementation does (spec 1.8): at least 11 iterations, then until the
 * *mean* relative residual is below 1, at most 1000. Exact for k <= 11, a coarse projection for large k.
 */
export const referenceConjugateGradient: ConjugateGradientOptions = {
  tolerance: 1,
  minIterations: 11,
  maxIterations: 1000,
  stopping: 'batchMean',
  freezeBelow: 1e-10,
  divisionGuard: 1e-10,
};

/**
 * Every row to a relative residual of 1e-4, in at most min(k, 100) iterations.
 *
 * @param k size of the systems
 */
export const correctedConjugateGradient = (k: number): ConjugateGradientOptions => ({
  tolerance: 1e-4,
  minIterations: 0,
  maxIterations: Math.min(k, 100),
});

/**
 * Fills in the defaults and checks every option.
 *
 * @throws ConfigError `bad-tolerance`, `bad-iterations`, `bad-stopping`
 */
export function resolveOptions(options: ConjugateGradientOptions, k: number): ResolvedOptions {
  const {
    tolerance = 1e-4,
    minIterations = 0,
    maxIterations = Math.max(Math.min(k, 100), minIterations),
    initial,
    preconditioner,
    stopping = 'each',
    freezeBelow = 1e-10,
    divisionGuard = 0,
  } = options;
  const nonNegative = { tolerance, freezeBelow, divisionGuard };
  for (const [name, value] of Object.entries(nonNegative))
    if (!(value >= 0))
      throw new ConfigError({
        code: 'bad-tolerance',
        where: `conjugateGradient({ ${name} })`,
        expected: 'a number, 0 or more',
        received: String(value),
      });
  for (const [name, value] of Object.entries({ minIterations, maxIterations }))
    if (!Number.isInteger(value) || value < 0 || maxIterations < minIterations)
      throw new ConfigError({
        code: 'bad-iterations',
        where: `conjugateGradient({ ${name} })`,
        expected: 'whole numbers, 0 <= minIterations <= maxIterations',
        received: `minIterations ${minIterations}, maxIterations ${maxIterations}`,
      });
  if (stopping !== 'each' && stopping !== 'batchMean')
    throw new ConfigError({
      code: 'bad-stopping',
      where: 'conjugateGradient({ stopping })',
      expected: '"each" or "batchMean"',
      received: String(stopping),
    });
  return {
    tolerance,
    minIterations,
    maxIterations,
    initial,
    preconditioner,
    stopping,
    freezeBelow,
    divisionGuard,
  };
}
