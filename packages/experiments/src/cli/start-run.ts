import { relative } from 'node:path';
import { ConfigError, FileError, useBackend } from '@ebim/runtime';
import { IncompleteEvaluationError } from '../evaluation/incomplete.js';
import { executeRun, type RunOutcome } from '../run/execute.js';
import { loadRecord } from '../run/load-run.js';
import type { LoadedPlan } from '../run/plan.js';
import { requireSamePlan } from '../run/resume.js';
import { requireSameData } from '../run/run-data.js';
import {
  createRunFolder,
  discardEmptyFolder,
  freshPath,
  exists,
  latestPath,
  makeFolder,
  removeRunFolder,
  RUN_FILES,
  type RunFolder,
} from '../run/run-folder.js';
import { EXIT } from './exit-codes.js';
import { progressReporter } from './progress.js';
import { resultTable } from './result-table.js';
import { resumeCommand } from './shell.js';
import type { Terminal } from './terminal.js';

/** Where a run goes. */
export interface FolderOptions {
  /** Default: `base`, or the first of `base-2`, `base-3`, … that is free; with `resume`, the last that is there. */
  readonly out?: string;
  readonly resume?: boolean;
  /** Replaces a run in `out`. */
  readonly overwrite?: boolean;
}

/** What a command that runs needs. */
export interface RunContext {
  readonly out: Terminal;
  readonly signal: AbortSignal;
  /** Words of the command line, for the record and for resuming. */
  readonly words: readonly string[];
}

/** A run that ended in some way. */
export interface EndedRun {
  readonly exitCode: number;
  readonly folder: RunFolder;
  readonly outcome: RunOutcome;
}

/** The folder that options mean. @throws ConfigError `nothing-to-resume`, `bad-option` */
export async function choosePath(base: string, options: FolderOptions): Promise<string> {
  const { out, resume = false, overwrite = false } = options;
  if (overwrite && (resume || out === undefined))
    throw new ConfigError({
      code: 'bad-option',
      where: '--overwrite',
      expected: '--out <folder> beside it and no --resume',
      received: resume ? '--resume' : 'no --out',
    });
  if (out !== undefined) return out;
  if (!resume) return freshPath(base);
  const latest = await latestPath(base);
  if (latest !== null) return latest;
  throw new ConfigError({
    code: 'nothing-to-resume',
    where: '--resume',
    expected: `a run in ${base}`,
    received: 'none',
    hint: 'Pass the options that the run was started with, or its folder with --out.',
  });
}

/**
 * Runs a plan in a folder and tells how it ended. The plan, the folder and the backend are checked before anything is
 * written.
 */
export async function startRun(
  plan: LoadedPlan,
  path: string,
  options: FolderOptions,
  { out, signal, words }: RunContext,
): Promise<EndedRun> {
  const stored = options.resume ? await loadRecord(path) : null;
  if (stored !== null) {
    requireSamePlan(stored.record.plan, plan, stored.folder.path);
    await requireSameData(stored.folder, plan.data.points);
  }
  await activate(plan, stored?.record.environment.backend, out);
  if (options.overwrite) await removeRunFolder(path);
  const folder = stored?.folder ?? (await createRunFolder(path));
  if (stored !== null) await makeFolder(folder.file(RUN_FILES.figures));

  out.say(
    `${plan.title} (${plan.name}, ${plan.profile} profile${plan.fast ? ', fast' : ''}, seed ${plan.config.seed})`,
  );
  out.say(`${plan.summary}`);
  out.say(`Folder: ${shown(folder.path)}`);
  out.emit({
    type: 'start',
    name: plan.name,
    folder: folder.path,
    resumed: stored !== null,
    config: plan.config,
  });
  try {
    const outcome = await executeRun(plan, folder, {
      command: words,
      signal,
      onEvent: progressReporter(out),
    });
    out.status('');
    return { exitCode: tellOutcome(plan, folder, outcome, { out, words }), folder, outcome };
  } catch (error) {
    out.status('');
    await discardEmptyFolder(folder);
    if (error instanceof IncompleteEvaluationError) {
      for (const warning of error.metrics.warnings) out.complain(`Warning: ${warning}`);
      out.complain(`What could be measured: ${shown(folder.file(RUN_FILES.metrics))}`);
    }
    if (error instanceof FileError && (await exists(folder.file(RUN_FILES.run))))
      throw withResume(error, resumeCommand(words, shown(folder.path)));
    throw error;
  }
}

/** A full disk ends a run, but does not lose it. */
const withResume = (error: FileError, command: string): FileError =>
  new FileError({
    code: error.code,
    where: error.where,
    expected: error.expected,
    received: error.received,
    hint: `${error.hint ?? ''} What was stored is whole; to go on afterwards: ${command}`.trim(),
    details: { ...error.details, resume: command },
    cause: error,
  });

/** A resumed run goes on where it was computed, so that its numbers stay those of one run. */
async function activate(plan: LoadedPlan, earlier: string | undefined, out: Terminal): Promise<void> {
  const wanted = plan.config.backend;
  const name = wanted === 'auto' && earlier !== undefined && earlier !== 'none' ? earlier : wanted;
  const report = await useBackend(name as LoadedPlan['config']['backend']);
  out.say(`Backend: ${report.active}`);
}

function tellOutcome(
  plan: LoadedPlan,
  folder: RunFolder,
  { status, evaluation, record }: RunOutcome,
  { out, words }: Pick<RunContext, 'out' | 'words'>,
): number {
  const resume = resumeCommand(words, shown(folder.path));
  const { seconds } = record;
  const result = { type: 'result', status, folder: folder.path, seconds };
  switch (status) {
    case 'completed': {
      if (evaluation !== null) out.print(`\n${resultTable(plan, evaluation.metrics)}\n`);
      out.print(`Report: ${shown(folder.file(RUN_FILES.report))}`);
      out.emit({ ...result, report: folder.file(RUN_FILES.report), metrics: evaluation?.metrics ?? null });
      return EXIT.ok;
    }
    case 'diverged':
      out.complain(`Training diverged. The last good state is kept in ${shown(folder.path)}.`);
      out.emit(result);
      return EXIT.diverged;
    case 'stopped':
    case 'running':
    case 'failed':
      out.complain(`Stopped, with a checkpoint. To go on:\n  ${resume}`);
      out.emit({ ...result, resume });
      return EXIT.interrupted;
  }
}

/** A path as a person would type it here. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' ? '.' : short.startsWith('..') ? path : short;
}
