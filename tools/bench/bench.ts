import { type BackendName } from '@ebim/runtime';
import { type MeasureOptions } from './measure.js';

/** Work made ready on the active backend: arrays allocated, models initialised. */
export interface PreparedBench {
  /** Does the work once, and waits until its result can be read. */
  readonly work: () => Promise<void>;
  readonly dispose: () => void;
}

/** One number of a suite. */
export interface Bench {
  /** Stable, snake_case: numbers are compared over time by it. */
  readonly name: string;
  /** What is done, with sizes; empty where the name tells. */
  readonly description: string;
  /** How often to repeat it, where the defaults do not suit. */
  readonly measure?: MeasureOptions;
  readonly prepare: () => PreparedBench;
}

/** Benches that belong together; `pnpm bench <name>` runs them. */
export interface Suite {
  readonly name: string;
  readonly backends: readonly BackendName[];
  readonly benches: readonly Bench[];
  /** The few numbers that stand for the suite, from medians in milliseconds on the last of the backends. */
  readonly headline?: (median: (bench: string) => number) => Readonly<Record<string, number>>;
}
