import { ConfigError, ConvergenceError } from '@ebim/runtime';
import type { Points } from '../points.js';

/** Natural logarithm of an unnormalised posterior at theta `[p]`; `-Infinity` outside of the prior. */
export type LogPosterior = (theta: Float64Array) => number | Promise<number>;

/** Draws of parameters. */
export interface ParameterChain {
  /** `[samples, p]` */
  readonly samples: Points;
  /** Log posterior of each draw. */
  readonly logDensity: Float64Array;
  /** Share of proposals taken; 1 for slice sampling, which takes all. */
  readonly acceptanceRate: number;
  /** How often the log posterior was computed. */
  readonly evaluations: number;
}

/** Counts calls, and refuses NaN and +Infinity. */
export interface CheckedPosterior {
  (theta: Float64Array): Promise<number>;
  evaluations: number;
}

/** The posterior with its values checked. @throws ConvergenceError `bad-log-density` when called */
export function checkedPosterior(logPosterior: LogPosterior, where: string): CheckedPosterior {
  const checked: CheckedPosterior = Object.assign(
    async (theta: Float64Array): Promise<number> => {
      checked.evaluations++;
      const value = await logPosterior(Float64Array.from(theta));
      if (!Number.isNaN(value) && value < Infinity) return value;
      throw new ConvergenceError({
        code: 'bad-log-density',
        where,
        expected: 'a log density that is a number or -Infinity',
        received: `${value} at theta = (${theta.join(', ')})`,
        details: { theta: Array.from(theta) },
      });
    },
    { evaluations: 0 },
  );
  return checked;
}

/** The log posterior where a chain starts. @throws ConfigError `bad-start` */
export async function startOf(
  posterior: CheckedPosterior,
  start: readonly number[],
  where: string,
): Promise<number> {
  const value =
    start.length > 0 && start.every(Number.isFinite) ? await posterior(Float64Array.from(start)) : -Infinity;
  if (value > -Infinity) return value;
  throw new ConfigError({
    code: 'bad-start',
    where: `${where}({ start })`,
    expected: 'finite parameters of a log posterior above -Infinity',
    received: `(${start.join(', ')})`,
  });
}

/** Checks a number of steps. @throws ConfigError `bad-option` */
export function requireSteps(where: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ConfigError({
    code: 'bad-option',
    where,
    expected: `a whole number >= ${least}`,
    received: String(value),
  });
}

/** Checks a size. @throws ConfigError `bad-option` */
export function requireSize(where: string, value: number): void {
  if (value > 0 && value < Infinity) return;
  throw new ConfigError({
    code: 'bad-option',
    where,
    expected: 'a positive number',
    received: String(value),
  });
}
