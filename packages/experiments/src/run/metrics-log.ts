import { appendFile } from 'node:fs/promises';
import { toFileError } from '@ebim/runtime';
import type { EpochStats } from '@ebim/training';
import { RUN_FILES, type RunFolder } from './run-folder.js';

/** Stages of a run that train. */
export type StageName = 'manifold' | 'density';

/** One line a finished epoch: no times, so that equal runs give equal files. */
export interface MetricsLog {
  append(stage: StageName, entry: EpochStats): Promise<void>;
  /** Replaces what was written for this and later stages by a complete history (after a resume, at the end). */
  rewrite(stage: StageName, history: readonly EpochStats[]): Promise<void>;
}

/** `metrics.jsonl` of a run folder. Lines of a killed run beyond its checkpoint vanish at the next `rewrite`. */
export function metricsLog(folder: RunFolder): MetricsLog {
  const complete = new Map<StageName, string>();
  const line = (stage: StageName, { epoch, stats }: EpochStats) =>
    `${JSON.stringify({ stage, epoch, ...stats })}\n`;
  return {
    append: async (stage, entry) => {
      const path = folder.file(RUN_FILES.log);
      try {
        await appendFile(path, line(stage, entry));
      } catch (error) {
        throw toFileError(error, path);
      }
    },
    rewrite: async (stage, history) => {
      complete.set(stage, history.map((entry) => line(stage, entry)).join(''));
      await folder.writeText(RUN_FILES.log, [...complete.values()].join(''));
    },
  };
}
