import { readFile } from 'node:fs/promises';
import type { DatasetEvent } from '@ebim/datasets';
import { executeRun } from '../run/execute.js';
import type { RunEvent } from '../run/events.js';
import { loadRecord, loadStages } from '../run/load-run.js';
import type { EbimConfig } from '../config/schema.js';
import { IncompleteEvaluationError } from '../evaluation/incomplete.js';
import type { RunMetrics } from '../evaluation/run-metrics.js';
import { writeFigures } from '../report/write-figures.js';
import type { LoadedPlan } from '../run/plan.js';
import { planExperiment } from '../run/plan-experiment.js';
import { requireSamePlan } from '../run/resume.js';
import { createRunFolder, exists, RUN_FILES, runFolder, type RunFolder } from '../run/run-folder.js';
import { storedPart } from './part-store.js';
import type { Study, StudyResult, StudyRun, StudyRunOptions } from './study.js';
import { studyHtml, studyMarkdown } from './study-report.js';
import { newStudyRecord, type StudyPlan, type StudyRecord } from './study-record.js';

/** How a study is watched and stopped. */
export interface RunStudyOptions {
  /** Words of the command line, for the record. Default: none. */
  readonly command?: readonly string[];
  /** Of the configurations of its runs; the backend itself is the caller's to choose. Default `auto`. */
  readonly backend?: EbimConfig['backend'];
  readonly signal?: AbortSignal;
  /** Told what is going on. */
  readonly say?: (text: string) => void;
  readonly onRunEvent?: (event: RunEvent) => void;
  readonly onDatasetEvent?: (event: DatasetEvent) => void;
  /** Record of the earlier sittings, when the study goes on. */
  readonly earlier?: StudyRecord | null;
}

type Options = RunStudyOptions & Required<Pick<RunStudyOptions, 'command' | 'backend' | 'signal' | 'say'>>;

/** How a study ended. */
export interface StudyOutcome {
  readonly status: 'completed' | 'stopped';
  /** `null` unless completed. */
  readonly result: StudyResult | null;
  readonly record: StudyRecord;
}

/** Name of the tables as Markdown in the folder of a study. */
export const TABLES_FILE = 'tables.md';

/**
 * Runs a study in a folder: its parts and runs (from the folder, where they are finished), then tables, figures and
 * report. What was computed before a stop stays.
 */
export async function runStudy(
  study: Study,
  plan: StudyPlan,
  folder: RunFolder,
  given: RunStudyOptions = {},
): Promise<StudyOutcome> {
  const options: Options = {
    command: [],
    backend: 'auto',
    signal: new AbortController().signal,
    say: () => undefined,
    ...given,
  };
  const { command, backend, signal, say, earlier } = options;
  const begun = performance.now();
  const first = { ...(earlier ?? (await newStudyRecord(study, plan, command))), ...plan };
  const save = async (status: StudyRecord['status']): Promise<StudyRecord> => {
    const seconds = (earlier?.seconds ?? 0) + (performance.now() - begun) / 1000;
    const record: StudyRecord = { ...first, status, seconds };
    await folder.writeJson(RUN_FILES.run, record);
    return record;
  };
  await save('running');
  try {
    const result = await study.run({
      profile: plan.profile,
      fast: plan.fast,
      seeds: plan.seeds,
      members: (study.members ?? []).filter((name) => plan.only?.includes(name) ?? true),
      backend,
      signal,
      folder,
      say,
      plan: (name, wanted) => planOf(name, wanted, plan, options),
      part: async (name, work) => {
        signal.throwIfAborted();
        return storedPart(folder, name, async () => {
          const value = await work();
          // Training that is stopped returns what it has: half of a result must not be taken for all of it later.
          signal.throwIfAborted();
          return value;
        });
      },
      experiment: (name, wanted) => runOf(name, wanted, plan, folder, options),
    });
    await folder.writeJson(RUN_FILES.metrics, result.numbers);
    await writeFigures(folder, result.figures);
    const record = await save('completed');
    await folder.writeText(TABLES_FILE, studyMarkdown(study, record, result));
    await folder.writeText(RUN_FILES.report, studyHtml(study, record, result));
    return { status: 'completed', result, record };
  } catch (error) {
    if (signal.aborted) return { status: 'stopped', result: null, record: await save('stopped') };
    await save('failed').catch(() => undefined);
    throw error;
  }
}

/** What a run of an experiment within a study is. */
const planOf = (
  name: string,
  { seed, profile, set = [] }: StudyRunOptions,
  study: StudyPlan,
  { backend, signal, onDatasetEvent }: Options,
): Promise<LoadedPlan> =>
  planExperiment(
    name,
    { profile: profile ?? study.profile, fast: study.fast, seed, backend, set },
    { signal, ...(onDatasetEvent === undefined ? {} : { onEvent: onDatasetEvent }) },
  );

/** A run of an experiment in a folder within that of the study. */
async function runOf(
  name: string,
  wanted: StudyRunOptions,
  study: StudyPlan,
  parent: RunFolder,
  options: Options,
): Promise<StudyRun> {
  const { signal, say, onRunEvent } = options;
  signal.throwIfAborted();
  const plan = await planOf(name, wanted, study, options);
  const { seed, label } = wanted;
  const path = parent.file(
    `runs/${[name, ...(label === undefined ? [] : [label]), `seed${seed}`].join('-')}`,
  );
  const stored = (await exists(`${path}/${RUN_FILES.run}`)) ? await loadRecord(path) : null;
  if (stored !== null) requireSamePlan(stored.record.plan, plan, stored.folder.path);
  const folder = stored?.folder ?? (await createRunFolder(path));
  const run = (
    status: StudyRun['status'],
    metrics: RunMetrics | null,
    seconds: StudyRun['seconds'],
  ): StudyRun => ({
    seed,
    status,
    plan,
    metrics,
    seconds,
    folder,
    loadStages: () => loadStages({ folder, plan }),
  });
  if (
    stored !== null &&
    stored.record.status === 'completed' &&
    (await exists(folder.file(RUN_FILES.metrics)))
  ) {
    const metrics = JSON.parse(await readFile(folder.file(RUN_FILES.metrics), 'utf8')) as RunMetrics;
    return run('completed', metrics, stored.record.seconds);
  }
  say(`${plan.title}, seed ${seed}${label === undefined ? '' : `, ${label}`}`);
  const outcome = await executeRun(plan, runFolder(path), {
    command: options.command,
    signal,
    ...(onRunEvent === undefined ? {} : { onEvent: onRunEvent }),
  }).catch((error: unknown) => {
    // A seed that goes wrong says something about the method; the others still count.
    if (!(error instanceof IncompleteEvaluationError)) throw error;
    say(`Seed ${seed}: ${error.message}`);
    return null;
  });
  signal.throwIfAborted();
  if (outcome === null) return run('failed', null, {});
  return run(outcome.status, outcome.evaluation?.metrics ?? null, outcome.record.seconds);
}
