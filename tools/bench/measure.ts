/** How long a piece of work takes, told by numbers that one slow sample cannot move. */
export interface Measurement {
  /** Milliseconds. */
  readonly median: number;
  /** Milliseconds between the first and the third quartile: how far to trust the median. */
  readonly iqr: number;
  readonly samples: number;
}

export interface MeasureOptions {
  /** Milliseconds of running before the first sample: compilers and caches settle. Default 300. */
  readonly warmUp?: number;
  /** Milliseconds of sampling. Default 1500. */
  readonly budget?: number;
  /** Samples taken however long they take. Default 11. */
  readonly minimumSamples?: number;
  /** Clock in milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

/** The `fraction` quantile of sorted numbers, linear between neighbours. */
export function quantile(sorted: readonly number[], fraction: number): number {
  const position = (sorted.length - 1) * fraction;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/** Repeats `work`, one at a time, and times each. */
export async function measure(work: () => Promise<void>, options: MeasureOptions = {}): Promise<Measurement> {
  const { warmUp = 300, budget = 1500, minimumSamples = 11, now = () => performance.now() } = options;
  const timeOne = async (): Promise<number> => {
    const start = now();
    await work();
    return now() - start;
  };
  const settled = now() + warmUp;
  do await work();
  while (now() < settled);

  const samples: number[] = [];
  const end = now() + budget;
  while (samples.length < minimumSamples || now() < end) samples.push(await timeOne());
  samples.sort((a, b) => a - b);
  return {
    median: quantile(samples, 0.5),
    iqr: quantile(samples, 0.75) - quantile(samples, 0.25),
    samples: samples.length,
  };
}
