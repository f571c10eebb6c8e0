import type { EpochStats } from '@ebim/training';
import type { Evaluation } from '../evaluation/evaluate.js';
import type { LearnedDensity } from '../pipeline/models.js';
import type { LoadedPlan } from '../run/plan.js';
import type { RunFolder } from '../run/run-folder.js';
import type { RunRecord, Timings } from '../run/run-record.js';

/** What figures and report are made of. */
export interface ReportInput {
  readonly plan: LoadedPlan;
  readonly folder: RunFolder;
  readonly record: RunRecord;
  readonly evaluation: Evaluation;
  readonly model: LearnedDensity;
  readonly history: {
    readonly manifold: readonly EpochStats[];
    readonly density: readonly EpochStats[];
  };
  readonly seconds: Timings;
}

/** A picture of a run. */
export interface Figure {
  /** File name without ending. */
  readonly name: string;
  readonly title: string;
  /** What to see in it. */
  readonly caption: string;
  readonly svg: string;
  /** In place of the still picture in the report, where there is one. */
  readonly interactive?: string;
}
