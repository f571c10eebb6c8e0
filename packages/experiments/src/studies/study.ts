import type { EbimConfig } from '../config/schema.js';
import type { RunMetrics } from '../evaluation/run-metrics.js';
import type { Profile } from '../definitions/experiment.js';
import type { Figure } from '../report/report-input.js';
import type { LoadedStages } from '../run/load-run.js';
import type { LoadedPlan } from '../run/plan.js';
import type { RunFolder } from '../run/run-folder.js';
import type { RunStatus } from '../run/run-record.js';

/** A table of a study, as text. */
export interface StudyTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How to read it. */
  readonly note?: string;
}

/** What a study found. */
export interface StudyResult {
  readonly tables: readonly StudyTable[];
  readonly figures: readonly Figure[];
  /** Every number, for machines: becomes `metrics.json`. Equal for equal seeds, so no time is among them. */
  readonly numbers: unknown;
  /** What a reader must know before believing the numbers. */
  readonly warnings: readonly string[];
}

/** A run of an experiment within a study. */
export interface StudyRun {
  readonly seed: number;
  readonly status: RunStatus;
  readonly plan: LoadedPlan;
  /** `null` unless completed. */
  readonly metrics: RunMetrics | null;
  /** Seconds of each part of the run. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly folder: RunFolder;
  /** The trained networks, read from the checkpoints; the caller owns the tensors. */
  readonly loadStages: () => Promise<LoadedStages>;
}

/** Which run of an experiment a study wants. */
export interface StudyRunOptions {
  readonly seed: number;
  /** Default: the profile of the study. */
  readonly profile?: Profile;
  /** `path=value` settings, applied last. */
  readonly set?: readonly string[];
  /** Sets runs of one experiment and seed apart; part of the folder's name. */
  readonly label?: string;
}

/** What a study works with. */
export interface StudyContext {
  readonly profile: Profile;
  /** Smaller settings that finish within a minute or two. */
  readonly fast: boolean;
  readonly seeds: readonly number[];
  /** The {@link Study.members} that are wanted, in their order; none for a study without. */
  readonly members: readonly string[];
  readonly backend: EbimConfig['backend'];
  readonly signal: AbortSignal;
  /** Folder of the study, for checkpoints. */
  readonly folder: RunFolder;
  /**
   * Work that is done once: its result is stored in the study's folder under this name, and a study that goes on with
   * `--resume` takes it from there. Results are plain data: what JSON holds, all numbers, and `Float64Array`.
   * Work during which the study is stopped is not stored.
   */
  readonly part: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  /** Everything about a run of an experiment and its data, without running it. */
  readonly plan: (name: string, options: StudyRunOptions) => Promise<LoadedPlan>;
  /** Runs an experiment in a folder of its own within the study's, or takes it from there if it is finished. */
  readonly experiment: (name: string, options: StudyRunOptions) => Promise<StudyRun>;
  /** Tells the user what is going on. */
  readonly say: (text: string) => void;
}

/** A figure or a table of the papers, or a benchmark: several models, several seeds, one report. */
export interface Study {
  /** What the command line takes. */
  readonly name: string;
  readonly title: string;
  /** Where in the papers. */
  readonly source: string;
  readonly summary: string;
  /** Number of seeds unless `--seeds` says otherwise. */
  readonly seeds: number;
  /** What it compares, where a user may want some of it only: names for `--only`. */
  readonly members?: readonly string[];
  readonly run: (context: StudyContext) => Promise<StudyResult>;
}
