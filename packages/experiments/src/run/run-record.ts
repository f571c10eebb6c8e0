import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { backendReport } from '@ebim/runtime';
import { version_core } from '@tensorflow/tfjs';
import type { RunPlan } from './plan.js';

/** How a run stands. */
export type RunStatus = 'running' | 'stopped' | 'diverged' | 'failed' | 'completed';

/** Seconds of each part of a run. */
export type Timings = Readonly<Record<string, number>>;

/** Where a run was computed, and with what. */
export interface RunEnvironment {
  readonly node: string;
  readonly platform: string;
  readonly tfjs: string;
  readonly backend: string;
  /** Of the repository that the sources are in; `null` for an installed package. */
  readonly commit: string | null;
}

/** `run.json`: what was run, with what, and how it went. Holds times, so it differs between equal runs. */
export interface RunRecord {
  readonly format: 'ebim-run';
  readonly version: 1;
  readonly plan: RunPlan;
  readonly command: readonly string[];
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly seconds: Timings;
  readonly environment: RunEnvironment;
}

/** The record at the start of a run. */
export async function newRecord(plan: RunPlan, command: readonly string[]): Promise<RunRecord> {
  return {
    format: 'ebim-run',
    version: 1,
    plan,
    command,
    status: 'running',
    startedAt: new Date().toISOString(),
    seconds: {},
    environment: await runEnvironment(),
  };
}

/** This process, as a record of a run holds it. */
export async function runEnvironment(): Promise<RunEnvironment> {
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    tfjs: version_core,
    backend: backendReport()?.active ?? 'none',
    commit: await gitCommit(),
  };
}

async function gitCommit(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    return stdout.trim();
  } catch {
    // An installed package is in no repository, and git may be missing.
    return null;
  }
}
