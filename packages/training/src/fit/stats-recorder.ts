import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '@ebim/runtime';

/** Statistics of one step, as given by a step function. */
export type StepStats = Readonly<Record<string, tf.Scalar>>;

/** Sums over the epoch so far; goes into checkpoints so that a resumed epoch has the same means. */
export interface StatsSums {
  readonly sums: Readonly<Record<string, number>>;
  readonly count: number;
}

/** The first statistic that is not finite. */
export interface BadStat {
  readonly name: string;
  readonly value: number;
  /** How many steps before the last recorded one. */
  readonly stepsAgo: number;
}

/**
 * Collects the statistics of steps as tensors and reads many steps back in one go, because every read stalls the
 * backend. Sums are float64 in the order of steps, hence the same however often they are read.
 */
export interface StatsRecorder {
  /** Takes ownership of the scalars. */
  add(stats: StepStats): void;
  /** Reads what was added since the last time. */
  read(): Promise<{ last: Record<string, number>; bad: BadStat | undefined }>;
  /** Sums since the start of the epoch, without what was not read. */
  sums(): StatsSums;
  means(): Record<string, number>;
  /** Starts a new epoch. */
  reset(): void;
  /** Steps added and not read. */
  pending(): number;
  /** Disposes what was not read. */
  dispose(): void;
}

/** A recorder that continues from `start`. */
export function statsRecorder(start: StatsSums): StatsRecorder {
  let names: string[] | undefined;
  let waiting: tf.Scalar[] = [];
  let steps = 0;
  let sums: Record<string, number> = { ...start.sums };
  let count = start.count;

  const add = (stats: StepStats): void => {
    const given = Object.keys(stats).sort();
    names ??= given;
    waiting.push(...given.map((name) => stats[name]));
    steps += 1;
    checkStats(names, given, stats);
  };

  const read = async (): Promise<{ last: Record<string, number>; bad: BadStat | undefined }> => {
    const [columns, rows] = [names ?? [], steps];
    const values = await take();
    let bad: BadStat | undefined;
    const last: Record<string, number> = {};
    for (let row = 0; row < rows; row++)
      columns.forEach((name, column) => {
        const value = values[row * columns.length + column];
        if (!Number.isFinite(value)) bad ??= { name, value, stepsAgo: rows - 1 - row };
        sums[name] = (sums[name] ?? 0) + value;
        last[name] = value;
      });
    count += rows;
    return { last, bad };
  };

  const take = async (): Promise<ArrayLike<number>> => {
    const scalars = waiting;
    waiting = [];
    steps = 0;
    if (scalars.length === 0) return [];
    const stacked = tf.tidy(() => tf.stack(scalars.map((scalar) => tf.cast(scalar, 'float32'))));
    tf.dispose(scalars);
    try {
      return await stacked.data();
    } finally {
      stacked.dispose();
    }
  };

  return {
    add,
    read,
    sums: () => ({ sums: { ...sums }, count }),
    means: () => Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count])),
    reset: () => {
      sums = {};
      count = 0;
    },
    pending: () => steps,
    dispose: () => {
      tf.dispose(waiting);
      waiting = [];
      steps = 0;
    },
  };
}

function checkStats(names: readonly string[], given: readonly string[], stats: StepStats): void {
  if (names.join() !== given.join())
    throw new ShapeError({
      code: 'bad-stats',
      where: 'fit({ step })',
      expected: `the statistics ${names.join(', ') || '(none)'} at every step`,
      received: given.join(', ') || 'none',
    });
  const wrong = given.find((name) => stats[name].rank !== 0);
  if (wrong !== undefined)
    throw new ShapeError({
      code: 'bad-stats',
      where: `fit({ step }), statistic "${wrong}"`,
      expected: 'a scalar',
      received: `shape [${stats[wrong].shape.join(', ')}]`,
    });
}
