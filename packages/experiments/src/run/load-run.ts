import {
  CheckpointError,
  DataError,
  treeDispose,
  treeMismatch,
  key as newKey,
  type JsonValue,
  type TensorTree,
} from '@ebim/runtime';
import { folderStore, type EpochStats } from '@ebim/training';
import * as v from 'valibot';
import { validateConfig } from '../config/validate.js';
import type { RunDensityState } from '../pipeline/train-density.js';
import type { RunManifoldState } from '../pipeline/train-manifold.js';
import { modelsOf } from '../pipeline/models.js';
import type { StageName } from './metrics-log.js';
import type { LoadedPlan, RunPlan } from './plan.js';
import { loadData } from './run-data.js';
import { openRunFolder, RUN_FILES, type RunFolder } from './run-folder.js';
import type { RunRecord } from './run-record.js';

const recordSchema = v.looseObject({
  format: v.literal('ebim-run'),
  version: v.literal(1),
  status: v.picklist(['running', 'stopped', 'diverged', 'failed', 'completed']),
  command: v.array(v.string()),
  seconds: v.record(v.string(), v.number()),
  environment: v.looseObject({ backend: v.string() }),
  plan: v.looseObject({
    kind: v.picklist(['experiment', 'fit']),
    name: v.string(),
    profile: v.picklist(['paper', 'reference', 'corrected']),
    fast: v.boolean(),
    config: v.unknown(),
    coordinates: v.looseObject({
      embedding: v.picklist(['cartesian', 'lat-lon', 'angles']),
      center: v.array(v.number()),
      scale: v.number(),
      columns: v.array(v.string()),
    }),
  }),
});

const studySchema = v.looseObject({ format: v.literal('ebim-study') });

/**
 * `run.json` of an earlier run, checked.
 *
 * @throws DataError `not-a-run`, `damaged-run`, `folder-of-a-study`; ConfigError when its configuration is of another version
 */
export async function loadRecord(path: string): Promise<{ folder: RunFolder; record: RunRecord }> {
  const { folder, record } = await openRunFolder(path);
  if (v.is(studySchema, record))
    throw new DataError({
      code: 'folder-of-a-study',
      where: folder.path,
      expected: 'the folder of one run',
      received: 'that of a study of several',
      hint: 'Pass a folder in its runs/, where it has any, or repeat the command of the study with --resume.',
    });
  const result = v.safeParse(recordSchema, record);
  if (!result.success) {
    const [issue] = result.issues;
    throw new DataError({
      code: 'damaged-run',
      where: folder.file(RUN_FILES.run),
      expected: `a run of this version, with "${v.getDotPath(issue) ?? 'format'}" = ${issue.expected ?? 'something else'}`,
      received: issue.received,
      hint: 'The file was altered, or written by another version; start the run again.',
    });
  }
  // Options that came after the run was made take the values that leave it as it was.
  const config = validateConfig(result.output.plan.config, folder.file(RUN_FILES.run));
  const stored = result.output as unknown as RunRecord;
  return { folder, record: { ...stored, plan: { ...stored.plan, config } } };
}

/** An earlier run: what was planned, and the data, from its folder alone. */
export interface StoredRun {
  readonly folder: RunFolder;
  readonly record: RunRecord;
  readonly plan: LoadedPlan;
}

/**
 * Opens the folder of an earlier run.
 *
 * @throws DataError `not-a-run`, `damaged-run`, and what its files cause
 */
export async function loadRun(path: string): Promise<StoredRun> {
  const { folder, record } = await loadRecord(path);
  const plan: RunPlan = record.plan;
  return { folder, record, plan: { ...plan, data: await loadData(folder, plan.config.bounds.lower.length) } };
}

/** The trained networks of a run and how their training went. The caller owns the states. */
export interface LoadedStages {
  readonly manifold: { readonly state: RunManifoldState; readonly history: readonly EpochStats[] };
  readonly density: { readonly state: RunDensityState; readonly history: readonly EpochStats[] };
}

/**
 * Reads both checkpoints of a finished run.
 *
 * @throws CheckpointError `unfinished-run`, `other-structure`, and those of `loadCheckpoint`
 */
export async function loadStages({
  folder,
  plan,
}: Pick<StoredRun, 'folder' | 'plan'>): Promise<LoadedStages> {
  const models = modelsOf(plan.config);
  const manifold = await loadStage(
    folder,
    'manifold',
    plan.config.manifold.epochs,
    models.manifold.init(newKey(0)),
  );
  try {
    const density = await loadStage(
      folder,
      'density',
      plan.config.density.epochs,
      models.energy.init(newKey(0)),
    );
    return {
      manifold: { ...manifold, state: manifold.state as RunManifoldState },
      density: { ...density, state: density.state as RunDensityState },
    };
  } catch (error) {
    treeDispose(manifold.state);
    throw error;
  }
}

const progressSchema = v.looseObject({
  epoch: v.number(),
  batch: v.number(),
  history: v.array(
    v.object({ epoch: v.number(), stats: v.record(v.string(), v.number()), seconds: v.number() }),
  ),
});

/** Takes ownership of `params`, which only say what the stored ones must look like. */
async function loadStage(
  folder: RunFolder,
  stage: StageName,
  epochs: number,
  params: TensorTree,
): Promise<{ state: TensorTree; history: readonly EpochStats[] }> {
  const name = stage === 'manifold' ? RUN_FILES.manifoldCheckpoint : RUN_FILES.densityCheckpoint;
  const stored = await folderStore(folder.file(name)).load();
  try {
    const history = historyOf(stored?.meta ?? null, epochs);
    if (stored === null || history === null)
      throw new CheckpointError({
        code: 'unfinished-run',
        where: folder.path,
        expected: 'a finished run',
        received: `one whose ${stage} was not trained to the end`,
        hint: 'Finish it first: repeat its command with --resume.',
      });
    const mismatch = treeMismatch(params, (stored.tensors as { params: TensorTree }).params);
    if (mismatch !== undefined)
      throw new CheckpointError({
        code: 'other-structure',
        where: `${folder.file(name)}, parameter "${mismatch.path}"`,
        expected: `${mismatch.expected}, as ${RUN_FILES.run} says`,
        received: mismatch.received,
        hint: 'Checkpoint and configuration are of different runs.',
      });
    return { state: stored.tensors, history };
  } catch (error) {
    if (stored !== null) treeDispose(stored.tensors);
    throw error;
  } finally {
    treeDispose(params);
  }
}

/** What training told, or null if it has not come to its end. */
function historyOf(meta: JsonValue, epochs: number): readonly EpochStats[] | null {
  const result = v.safeParse(progressSchema, meta);
  return result.success && result.output.epoch >= epochs ? result.output.history : null;
}
