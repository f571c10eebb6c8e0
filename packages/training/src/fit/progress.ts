import { CheckpointError, type JsonValue } from '@ebim/runtime';
import type { EpochStats } from './events.js';
import type { StatsSums } from './stats-recorder.js';

/** How far a run is: all that a checkpoint needs beside the state. */
export interface Progress {
  /** The epoch and batch that come next. */
  readonly epoch: number;
  readonly batch: number;
  /** Of the epochs before. */
  readonly history: readonly EpochStats[];
  /** Of the epoch at hand, up to `batch`. */
  readonly partial: StatsSums & { readonly seconds: number };
}

/** What must be equal for two runs to have equal numbers: batches per epoch and a number drawn from the key. */
export interface RunMark {
  readonly batches: number;
  readonly key: number;
}

/** Nothing done yet. */
export const FRESH: Progress = {
  epoch: 0,
  batch: 0,
  history: [],
  partial: { sums: {}, count: 0, seconds: 0 },
};

/** What goes into a checkpoint beside the state. */
export const progressToMeta = (progress: Progress, mark: RunMark): JsonValue => ({
  run: { ...mark },
  epoch: progress.epoch,
  batch: progress.batch,
  history: progress.history.map(({ epoch, stats, seconds }) => ({ epoch, stats, seconds })),
  partial: { ...progress.partial },
});

/**
 * Reads back what {@link progressToMeta} wrote.
 *
 * @throws CheckpointError `not-a-training-checkpoint`, `other-run`
 */
export function progressFromMeta(meta: JsonValue, mark: RunMark): Progress {
  if (!isTrainingMeta(meta))
    throw new CheckpointError({
      code: 'not-a-training-checkpoint',
      where: 'fit({ checkpoint })',
      expected: 'a checkpoint written by fit',
      received: 'other contents',
      hint: 'Give every run a store of its own, or empty this one.',
    });
  const { run, epoch, batch, history, partial } = meta as unknown as TrainingMeta;
  if (run.batches !== mark.batches || run.key !== mark.key)
    throw new CheckpointError({
      code: 'other-run',
      where: 'fit({ checkpoint })',
      expected: 'a checkpoint of this run',
      received:
        run.key !== mark.key
          ? 'one of a run with another key'
          : `one with ${run.batches} batches an epoch instead of ${mark.batches}`,
      hint: 'Resume with the key, data and batch size that the run was started with, or use an empty store.',
      details: { expected: { ...mark }, received: { ...run } },
    });
  return { epoch, batch, history, partial };
}

type TrainingMeta = Progress & { readonly run: RunMark };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumbers = (value: unknown): boolean =>
  isRecord(value) && Object.values(value).every((x) => typeof x === 'number');
const isEpochStats = (value: unknown): boolean =>
  isRecord(value) && isCount(value.epoch) && isNumbers(value.stats) && typeof value.seconds === 'number';

function isTrainingMeta(meta: unknown): boolean {
  if (!isRecord(meta) || !isRecord(meta.run) || !isRecord(meta.partial)) return false;
  const { run, partial, history } = meta;
  return (
    isCount(run.batches) &&
    typeof run.key === 'number' &&
    isCount(meta.epoch) &&
    isCount(meta.batch) &&
    Array.isArray(history) &&
    history.every(isEpochStats) &&
    isNumbers(partial.sums) &&
    isCount(partial.count) &&
    typeof partial.seconds === 'number'
  );
}
