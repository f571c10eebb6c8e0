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
  /**
   * Takes ownership of the statistics of steps: scalars of one, or vectors whose first `steps` entries count.
   *
   * @throws ShapeError `bad-stats` if the names are not those of the steps before
   */
  add(stats: Readonly<Record<string, tf.Tensor>>, steps: number): void;
  /** Reads what was added since the last time: the statistics of each step. */
  read(): Promise<{ rows: Record<string, number>[]; bad: BadStat | undefined }>;
  /** Sums since the start of the epoch, without what was not read. */
  sums(): StatsSums;
  means(): Record<string, number>;
  /** Starts a new epoch. */
  reset(): void;
  /** Disposes what was not read. */
  dispose(): void;
}

/** What was added at once. */
interface Entry {
  readonly columns: readonly tf.Tensor[];
  readonly steps: number;
}

/** A recorder that continues from `start`. */
export function statsRecorder(start: StatsSums): StatsRecorder {
  let names: string[] | undefined;
  let waiting: Entry[] = [];
  let sums: Record<string, number> = { ...start.sums };
  let count = start.count;

  const add = (stats: Readonly<Record<string, tf.Tensor>>, steps: number): void => {
    const given = Object.keys(stats).sort();
    names ??= given;
    waiting.push({ columns: given.map((name) => stats[name]), steps });
    if (names.join() !== given.join())
      throw new ShapeError({
        code: 'bad-stats',
        where: 'fit({ step })',
        expected: `the statistics ${names.join(', ') || '(none)'} at every step`,
        received: given.join(', ') || 'none',
      });
  };

  const read = async (): Promise<{ rows: Record<string, number>[]; bad: BadStat | undefined }> => {
    const columns = names ?? [];
    const rows = await take(columns);
    let bad: BadStat | undefined;
    rows.forEach((row, i) => {
      for (const name of columns) {
        const value = row[name];
        if (!Number.isFinite(value)) bad ??= { name, value, stepsAgo: rows.length - 1 - i };
        sums[name] = (sums[name] ?? 0) + value;
      }
    });
    count += rows.length;
    return { rows, bad };
  };

  const take = async (columns: readonly string[]): Promise<Record<string, number>[]> => {
    const entries = waiting;
    waiting = [];
    const given = entries.flatMap((entry) => entry.columns);
    const values = given.length === 0 ? [] : await readAll(given);
    let at = 0;
    return entries.flatMap((entry) => {
      const first = at;
      const size = entry.columns[0]?.size ?? 0;
      at += size * columns.length;
      return Array.from({ length: entry.steps }, (_, step) =>
        Object.fromEntries(columns.map((name, column) => [name, values[first + column * size + step]])),
      );
    });
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
    dispose: () => {
      tf.dispose(waiting.flatMap(({ columns }) => columns));
      waiting = [];
    },
  };
}

/** The elements of all tensors, one after the other, in one read; disposes the tensors. */
async function readAll(tensors: readonly tf.Tensor[]): Promise<ArrayLike<number>> {
  const joined = tf.tidy(() => tf.concat(tensors.map((x) => tf.cast(tf.reshape(x, [x.size]), 'float32'))));
  tf.dispose([...tensors]);
  try {
    return await joined.data();
  } finally {
    joined.dispose();
  }
}

/**
 * Checks the statistics of one step.
 *
 * @throws ShapeError `bad-stats`
 */
export function checkScalars(stats: StepStats): void {
  const wrong = Object.keys(stats).find((name) => stats[name].rank !== 0);
  if (wrong !== undefined)
    throw new ShapeError({
      code: 'bad-stats',
      where: `fit({ step }), statistic "${wrong}"`,
      expected: 'a scalar',
      received: `shape [${stats[wrong].shape.join(', ')}]`,
    });
}
