import { ConvergenceError, DataError, type EbimError } from '@ebim/runtime';
import type { PartialMetrics } from './run-metrics.js';

/**
 * An evaluation of which a part could not be measured, e.g. because F has no zero. It has the code of the first failure
 * and everything that was measured.
 */
export class IncompleteEvaluationError extends ConvergenceError {
  readonly metrics: PartialMetrics;

  constructor(cause: EbimError, metrics: PartialMetrics) {
    super({
      code: cause.code,
      where: cause.where,
      expected: cause.expected,
      received: cause.received,
      hint: cause.hint,
      details: cause.details,
      cause,
    });
    this.metrics = metrics;
  }
}

/** Whether an error says that something learned is not as it should be, and not that the program is wrong. */
export const isFailureToMeasure = (error: unknown): error is EbimError =>
  error instanceof ConvergenceError || error instanceof DataError;

/** Runs parts of an evaluation and remembers which failed. */
export interface Attempts {
  readonly failures: readonly EbimError[];
  /** The result, or `null` after a failure to measure; other errors pass. */
  readonly attempt: <T>(work: () => T | Promise<T>) => Promise<T | null>;
}

/** Nothing attempted yet. */
export function attempts(): Attempts {
  const failures: EbimError[] = [];
  return {
    failures,
    attempt: async (work) => {
      try {
        return await work();
      } catch (error) {
        if (!isFailureToMeasure(error)) throw error;
        failures.push(error);
        return null;
      }
    },
  };
}
