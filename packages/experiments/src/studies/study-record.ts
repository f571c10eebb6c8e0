import { ConfigError, DataError } from '@ebim/runtime';
import * as v from 'valibot';
import { PROFILES, type Profile } from '../definitions/experiment.js';
import { RUN_FILES, openRunFolder, type RunFolder } from '../run/run-folder.js';
import { runEnvironment, type RunEnvironment, type RunStatus } from '../run/run-record.js';
import type { Study } from './study.js';

/** What decides the numbers of a study. */
export interface StudyPlan {
  readonly name: string;
  readonly profile: Profile;
  readonly fast: boolean;
  readonly seeds: readonly number[];
  /**
   * The members of the study that are wanted; default all. Numbers of one do not depend on which others are wanted, so
   * that a study may go on with more of them.
   */
  readonly only?: readonly string[];
}

/** `run.json` of a study: what was run, with what, and how it went. */
export interface StudyRecord extends StudyPlan {
  readonly format: 'ebim-study';
  readonly version: 1;
  readonly title: string;
  readonly command: readonly string[];
  readonly status: RunStatus;
  readonly startedAt: string;
  /** Of all sittings together. */
  readonly seconds: number;
  readonly environment: RunEnvironment;
}

const recordSchema = v.looseObject({
  format: v.literal('ebim-study'),
  version: v.literal(1),
  name: v.string(),
  profile: v.picklist(PROFILES),
  fast: v.boolean(),
  seeds: v.array(v.number()),
  only: v.optional(v.array(v.string())),
  seconds: v.number(),
  environment: v.looseObject({ backend: v.string() }),
});

/** The record at the start of a study. */
export async function newStudyRecord(
  study: Study,
  plan: StudyPlan,
  command: readonly string[],
): Promise<StudyRecord> {
  return {
    format: 'ebim-study',
    version: 1,
    title: study.title,
    ...plan,
    command,
    status: 'running',
    startedAt: new Date().toISOString(),
    seconds: 0,
    environment: await runEnvironment(),
  };
}

/**
 * The record of an earlier study.
 *
 * @throws DataError `not-a-run`, `damaged-run`
 */
export async function loadStudyRecord(
  path: string,
): Promise<{ readonly folder: RunFolder; readonly record: StudyRecord }> {
  const { folder, record } = await openRunFolder(path);
  const result = v.safeParse(recordSchema, record);
  if (!result.success)
    throw new DataError({
      code: 'damaged-run',
      where: folder.file(RUN_FILES.run),
      expected: 'the record of a study of this version',
      received: `another "${v.getDotPath(result.issues[0]) ?? 'format'}"`,
      hint: 'It is the folder of a run, was altered, or was written by another version.',
    });
  return { folder, record: result.output as unknown as StudyRecord };
}

/**
 * Refuses to go on with a study under another plan.
 *
 * @throws ConfigError `other-plan`
 */
export function requireSameStudy(stored: StudyPlan, wanted: StudyPlan, folder: string): void {
  for (const name of ['name', 'profile', 'fast', 'seeds'] as const) {
    const [before, now] = [JSON.stringify(stored[name]), JSON.stringify(wanted[name])];
    if (before !== now)
      throw new ConfigError({
        code: 'other-plan',
        where: '--resume',
        expected: `${name} = ${before}, as in ${folder}`,
        received: now,
        hint: 'Repeat the options that the study was started with, or start a new one without --resume.',
      });
  }
}
