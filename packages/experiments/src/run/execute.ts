import { toTensor } from '@ebim/datasets';
import { ConvergenceError, treeDispose, type Key, type TensorTree } from '@ebim/runtime';
import { folderStore, type EpochStats, type FitEvent, type FitResult } from '@ebim/training';
import type * as tf from '@tensorflow/tfjs';
import type { Evaluation } from '../evaluation/evaluate.js';
import { IncompleteEvaluationError, isFailureToMeasure } from '../evaluation/incomplete.js';
import { bindParameters, modelsOf } from '../pipeline/models.js';
import type { StageOptions } from '../pipeline/stage.js';
import { densitySymptoms, manifoldSymptoms, symptomsOf } from '../pipeline/symptoms.js';
import { heldOutRows, trainDensity } from '../pipeline/train-density.js';
import { trainManifold } from '../pipeline/train-manifold.js';
import type { RunEvent } from './events.js';
import { runKeys } from './keys.js';
import { metricsLog, type StageName } from './metrics-log.js';
import type { LoadedPlan } from './plan.js';
import { RUN_FILES, type RunFolder } from './run-folder.js';
import { storeData, storeLearnedDensity } from './run-data.js';
import { newRecord, type RunRecord, type RunStatus } from './run-record.js';

/** How a run is watched and stopped. */
export interface ExecuteOptions {
  readonly command: readonly string[];
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

/** How a run ended. */
export interface RunOutcome {
  readonly status: RunStatus;
  /** `null` unless completed. */
  readonly evaluation: Evaluation | null;
  readonly record: RunRecord;
}

/**
 * Runs a plan in a folder: trains manifold and density (from their checkpoints, if there are any), measures, draws,
 * reports, loading the code of each when it is due. Everything in the folder but `run.json` and the report is a function of the plan.
 */
export async function executeRun(
  plan: LoadedPlan,
  folder: RunFolder,
  options: ExecuteOptions,
): Promise<RunOutcome> {
  const { onEvent = () => undefined } = options;
  const keys = runKeys(plan.config.seed);
  const log = metricsLog(folder);
  const seconds: Record<string, number> = {};
  let record = await newRecord(planOnly(plan), options.command);
  const save = async (status: RunStatus) => {
    record = { ...record, status, seconds: { ...seconds } };
    await folder.writeJson(RUN_FILES.run, record);
    return record;
  };
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    try {
      return await work();
    } finally {
      seconds[name] = (seconds[name] ?? 0) + (performance.now() - start) / 1000;
    }
  };
  const trained = async <S extends TensorTree>(
    stage: StageName,
    store: string,
    epochs: number,
    train: (stageOptions: StageOptions) => Promise<FitResult<S>>,
  ): Promise<FitResult<S>> => {
    const { rows } = plan.data.points;
    const heldOut = stage === 'density' ? heldOutRows(plan.config.density, rows) : 0;
    const batches = Math.ceil((rows - heldOut) / plan.config[stage].batchSize);
    onEvent({ type: 'stage', stage, epochs, batches });
    const result = await timed(stage, () =>
      train({
        signal: options.signal,
        checkpoint: {
          store: folderStore(folder.file(store)),
          everyEpochs: plan.config.checkpointEvery,
        },
        onEvent: async (event: FitEvent) => {
          if (event.type === 'epoch') await log.append(stage, event);
          onEvent({ ...event, stage });
        },
      }),
    );
    // Of all sittings, not of this one: a resumed run knows the time of its earlier epochs.
    seconds[stage] = result.history.reduce((sum, epoch) => sum + epoch.seconds, 0);
    await log.rewrite(stage, result.history);
    return result;
  };

  await save('running');
  const owned: TensorTree[] = [];
  try {
    await storeData(folder, plan.data);
    const points = toTensor(plan.data.points);
    owned.push(points);

    const manifold = await trained(
      'manifold',
      RUN_FILES.manifoldCheckpoint,
      plan.config.manifold.epochs,
      (stage) => trainManifold(plan.config, points, keys.manifold, stage),
    );
    owned.push(manifold.state);
    if (manifold.status !== 'completed')
      return { status: manifold.status, evaluation: null, record: await save(manifold.status) };

    const models = modelsOf(plan.config);
    const constraint = models.manifold.constraint(manifold.state.params);
    const density = await trained(
      'density',
      RUN_FILES.densityCheckpoint,
      plan.config.density.epochs,
      (stage) => trainDensity(plan.config, constraint, manifold.state.buffer, points, keys.density, stage),
    ).catch((error: unknown) => failedDensity(plan, manifold, error));
    owned.push(density.state);
    if (density.status !== 'completed')
      return { status: density.status, evaluation: null, record: await save(density.status) };
    if (options.signal?.aborted)
      return { status: 'stopped', evaluation: null, record: await save('stopped') };

    onEvent({ type: 'stage', stage: 'evaluation', epochs: 0, batches: 0 });
    const evaluation = await timed('evaluation', () =>
      evaluateRun(plan, { manifold, density }, keys.evaluation),
    );
    await folder.writeJson(RUN_FILES.metrics, evaluation.metrics);
    await storeLearnedDensity(folder, evaluation);
    onEvent({ type: 'stage', stage: 'report', epochs: 0, batches: 0 });
    await timed('report', async () => {
      const { writeReport } = await import('../report/write-report.js');
      await writeReport({
        plan,
        folder,
        record,
        evaluation,
        model: bindParameters(models, manifold.state.params, density.state.params),
        history: { manifold: manifold.history, density: density.history },
        seconds,
      });
    });
    return { status: 'completed', evaluation, record: await save('completed') };
  } catch (error) {
    await save('failed').catch(() => undefined);
    if (error instanceof IncompleteEvaluationError)
      await folder.writeJson(RUN_FILES.metrics, error.metrics).catch(() => undefined);
    throw error;
  } finally {
    treeDispose(owned);
  }
}

/** What the two stages of training left. */
export interface TrainedStages {
  readonly manifold: {
    readonly state: { readonly params: Parameters<typeof bindParameters>[1]; readonly buffer: tf.Tensor };
    readonly history: readonly EpochStats[];
  };
  readonly density: {
    readonly state: { readonly params: Parameters<typeof bindParameters>[2] };
    readonly history: readonly EpochStats[];
  };
}

/** No density could be trained on the manifold: says so with what can be measured of it. */
async function failedDensity(
  plan: LoadedPlan,
  { state, history }: Pick<TrainedStages['manifold'], 'state' | 'history'>,
  error: unknown,
): Promise<never> {
  if (!isFailureToMeasure(error) || history.length === 0) throw error;
  const { evaluateManifold } = await import('../evaluation/evaluate.js');
  throw await evaluateManifold(
    {
      config: plan.config,
      constraint: modelsOf(plan.config).manifold.constraint(state.params),
      manifoldParams: state.params,
      data: plan.data,
      topology: plan.topology,
      manifoldStats: history[history.length - 1].stats,
      trainingWarnings: symptomsOf(manifoldSymptoms(plan.config), history),
    },
    error,
  );
}

/** Measures trained stages; `ebim evaluate` does the same with stages from checkpoints. */
export async function evaluateRun(
  plan: LoadedPlan,
  { manifold, density }: TrainedStages,
  evaluationKey: Key,
): Promise<Evaluation> {
  if (manifold.history.length === 0 || density.history.length === 0)
    throw new ConvergenceError({
      code: 'nothing-trained',
      where: 'evaluation',
      expected: 'at least one epoch of each stage',
      received: `${manifold.history.length} of the manifold, ${density.history.length} of the density`,
      hint: 'Set manifold.epochs and density.epochs to 1 or more.',
    });
  const { evaluate } = await import('../evaluation/evaluate.js');
  return evaluate(
    {
      config: plan.config,
      model: bindParameters(modelsOf(plan.config), manifold.state.params, density.state.params),
      manifoldBuffer: manifold.state.buffer,
      data: plan.data,
      topology: plan.topology,
      manifoldStats: manifold.history[manifold.history.length - 1].stats,
      densityStats: density.history[density.history.length - 1].stats,
      trainingWarnings: [
        ...symptomsOf(manifoldSymptoms(plan.config), manifold.history),
        ...symptomsOf(densitySymptoms(plan.config), density.history),
      ],
    },
    evaluationKey,
  );
}

function planOnly({ data: _, ...plan }: LoadedPlan) {
  return plan;
}
