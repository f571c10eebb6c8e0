import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executeRun, type ExecuteOptions, type RunOutcome } from '../run/execute.js';
import type { LoadedPlan } from '../run/plan.js';
import { createRunFolder, type RunFolder } from '../run/run-folder.js';
import { TINY } from './cli-process.js';

/** Settings (`path=value`) with which a run takes a second. */
export const TINY_SETTINGS: readonly string[] = TINY.filter((word) => word !== '--set');

/** A run that ended, with its folder. */
export interface FinishedRun {
  readonly folder: RunFolder;
  readonly outcome: RunOutcome;
}

/** Folders of runs that are removed at the end of a suite. */
export interface Workplace {
  /** The path of a file or folder in it. */
  readonly path: (name: string) => string;
  /** Runs a plan in a new folder of that name. */
  readonly run: (name: string, plan: LoadedPlan, options?: Partial<ExecuteOptions>) => Promise<FinishedRun>;
  readonly remove: () => Promise<void>;
}

/** Makes a temporary folder to run in. */
export async function workplace(): Promise<Workplace> {
  const root = await mkdtemp(join(tmpdir(), 'ebim-run-'));
  const path = (name: string): string => join(root, name);
  return {
    path,
    run: async (name, plan, options = {}) => {
      const folder = await createRunFolder(path(name));
      return { folder, outcome: await executeRun(plan, folder, { command: ['test'], ...options }) };
    },
    remove: () => rm(root, { recursive: true }),
  };
}
