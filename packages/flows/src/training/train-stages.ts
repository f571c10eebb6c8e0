import * as tf from '@tensorflow/tfjs';
import { compile } from '@ebim/compiler';
import {
  ConfigError,
  foldIn,
  key as keyOf,
  split,
  treeClone,
  treeDispose,
  treeTidy,
  type Key,
  type TensorTree,
} from '@ebim/runtime';
import {
  batches,
  fit,
  type CheckpointStore,
  type CompileChoice,
  type EpochStats,
  type FitEvent,
} from '@ebim/training';
import { checkFinite, outsideBox } from './inspect-rows.js';
import { bestSoFar } from './keep-best.js';
import { lossAt } from './loss.js';
import { layoutOf, splitForValidation, splitRows, type RowLayout, type Rows } from './rows.js';
import { stageBatches } from './stage-batches.js';
import { stageTrainer, type StageState } from './stage-trainer.js';
import type { Phase, Stage } from './stage.js';

/** What {@link trainStages} needs of a model; every `FlowModel` has it. */
export interface Trainable<P extends TensorTree> {
  readonly untrained: readonly string[];
  init(key: Key): P;
}

/** Options of {@link trainStages}. */
export interface TrainStagesOptions<P extends TensorTree> {
  readonly key: Key;
  /** Parameters to start from, which stay the caller's. Default: new ones. */
  readonly params?: P;
  /** Share of the rows that are held out, one choice for all stages. Default 0.25; 0 keeps the last epoch of every stage. */
  readonly validation?: number;
  /**
   * Bound B of the splines that see `x`: if rows have entries outside of [-B, B], a warning event `outside-box` says how
   * many. Default: not looked at.
   */
  readonly bound?: number;
  /** Of `fit`. */
  readonly compile?: CompileChoice;
  /** Of `fit`. */
  readonly statsEvery?: number;
  readonly signal?: AbortSignal;
  /** Called with the events of `fit`, and with the name of the stage. */
  readonly onEvent?: (event: FitEvent<StageState<P>>, stage: string) => void | Promise<void>;
  /**
   * Where checkpoints are: a store for every name given, e.g. `(name) => folderStore(join(folder, name))`. A run that
   * stopped goes on from them, to the bits of one that did not.
   */
  readonly stores?: (name: string) => CheckpointStore;
}

/** What one stage of {@link trainStages} did. */
export interface StageReport {
  readonly name: string;
  /** Means over the training rows of every epoch. */
  readonly history: readonly EpochStats[];
  /** Losses of the validation rows, epochs from 0, those before a resume left out. Empty with `keep: 'last'`. */
  readonly validation: readonly { readonly epoch: number; readonly loss: number }[];
  /** The epoch whose parameters were handed on. */
  readonly keptEpoch: number;
  /** Its loss of the validation rows, also after a resume; `null` where no epoch was chosen by it. */
  readonly keptLoss: number | null;
  readonly status: 'completed' | 'stopped' | 'diverged';
}

/** What {@link trainStages} returns; the caller owns both trees. */
export interface TrainedStages<P extends TensorTree> {
  /** What the last stage hands on. */
  readonly params: P;
  /** Those of its last epoch, which the reference evaluated (spec 3.6). */
  readonly lastParams: P;
  readonly stages: readonly StageReport[];
  /** Of the last stage that ran. A stage that stopped or diverged ends the run. */
  readonly status: 'completed' | 'stopped' | 'diverged';
}

/**
 * Trains stage after stage, each with `fit`: a validation split, fresh optimisers in every stage, and a real copy of
 * the best epoch.
 *
 * @param rows `{ x, context, … }`, what the losses of the stages want of every point
 * @throws DataError `non-finite-rows`, `too-few-rows`; ShapeError `bad-rows`; ConfigError `no-stages`, `bad-option`, and
 * what `stageTrainer` and `fit` throw
 *
 * @example
 * ```ts
 * import { mFlow, sequentialSchedule, trainStages, vectorFlow } from '@ebim/flows';
 * import { key, normal } from '@ebim/runtime';
 *
 * const model = mFlow({
 *   outer: vectorFlow({ size: 3, layers: 2, hidden: 16 }),
 *   inner: vectorFlow({ size: 2, layers: 2, hidden: 16 }),
 * });
 * const x = normal(key(1), [200, 3]);
 * const stages = sequentialSchedule(model, { epochs: 4, batchSize: 50 });
 * const { params } = await trainStages(model, { x }, stages, { key: key(0) });
 * ```
 */
export async function trainStages<P extends TensorTree>(
  model: Trainable<P>,
  rows: Rows,
  stages: readonly Stage<P>[],
  options: TrainStagesOptions<P>,
): Promise<TrainedStages<P>> {
  const { key, validation = 0.25 } = options;
  if (stages.length === 0 || new Set(stages.map(({ name }) => name)).size < stages.length)
    throw new ConfigError({
      code: 'no-stages',
      where: 'trainStages(model, rows, stages)',
      expected: 'at least one stage, all of different names',
      received: stages.map(({ name }) => name).join(', ') || 'none',
    });
  if (!(validation >= 0 && validation < 1))
    throw new ConfigError({
      code: 'bad-option',
      where: 'trainStages({ validation })',
      expected: 'a share from 0 to below 1',
      received: String(validation),
    });
  await checkFinite(rows);
  const symptom = options.bound === undefined ? null : await outsideBox(rows, options.bound);
  if (symptom !== null)
    await options.onEvent?.({ type: 'warning', ...symptom, epoch: 0, batch: 0 }, stages[0].name);
  const layout = layoutOf(rows);
  const [splitKey, initKey, stageKey] = split(key, 3);
  const held = splitForValidation(splitKey, rows, validation);
  let params = options.params === undefined ? model.init(initKey) : treeClone(options.params);
  let lastParams = treeClone(params);
  const reports: StageReport[] = [];
  try {
    for (const [index, stage] of stages.entries()) {
      const done = await trainStage(
        model,
        stage,
        params,
        { ...held, layout },
        foldIn(stageKey, index),
        options,
      );
      treeDispose([params, lastParams]);
      ({ params, lastParams } = done);
      reports.push(done.report);
      if (done.report.status !== 'completed') break;
    }
  } catch (error) {
    treeDispose([params, lastParams]);
    throw error;
  } finally {
    held.train.dispose();
    held.validation?.dispose();
  }
  return { params, lastParams, stages: reports, status: reports[reports.length - 1].status };
}

interface HeldRows {
  readonly train: tf.Tensor;
  readonly validation: tf.Tensor | null;
  readonly layout: RowLayout;
}

async function trainStage<P extends TensorTree>(
  { untrained }: Trainable<P>,
  stage: Stage<P>,
  start: P,
  { train, validation, layout }: HeldRows,
  key: Key,
  { compile: choice, statsEvery, signal, onEvent, stores }: TrainStagesOptions<P>,
): Promise<{ params: P; lastParams: P; report: StageReport }> {
  const { name, phases, epochs, keep = phases.length === 1 ? 'best' : 'last' } = stage;
  const trainer = stageTrainer({ stage, layout, untrained, rows: train.shape[0] });
  const scores: { epoch: number; loss: number }[] = [];
  const judge =
    keep === 'best' && validation !== null ? validationLoss(phases[0], validation, layout, choice) : null;
  const best = await bestSoFar(start, judge === null ? undefined : stores?.(`${name}-best`));
  try {
    const { state, history, status } = await fit<StageState<P>>({
      init: () => trainer.init(start),
      step: trainer.step,
      data: stageBatches(train, stage),
      epochs,
      key,
      signal,
      compile: choice,
      statsEvery,
      checkpoint: stores === undefined ? undefined : { store: stores(name) },
      onEvent: async (event) => {
        if (event.type === 'epoch' && judge !== null) {
          const loss = await judge.at(event.state.params);
          scores.push({ epoch: event.epoch, loss });
          await best.consider(event.state.params, event.epoch, loss);
        }
        await onEvent?.(event, name);
      },
    });
    treeDispose(state.optimizers);
    const kept = best.take();
    return {
      params: kept?.params ?? treeClone(state.params),
      lastParams: state.params,
      report: {
        name,
        history,
        validation: scores,
        keptEpoch: kept?.epoch ?? history.length - 1,
        keptLoss: kept?.score ?? null,
        status,
      },
    };
  } finally {
    best.dispose();
    judge?.dispose();
  }
}

/** The loss of a phase over the validation rows, with the same random numbers every time. */
function validationLoss<P extends TensorTree>(
  { loss, batchSize }: Phase<P>,
  rows: tf.Tensor,
  layout: RowLayout,
  choice: CompileChoice = 'auto',
): { at: (params: P) => Promise<number>; dispose: () => void } {
  const source = batches(rows, { batchSize: Math.min(rows.shape[0], Math.max(batchSize, LEAST_ROWS)) });
  const key = keyOf(0);
  const sum = (params: P, batchKey: Key, batch: tf.Tensor): tf.Tensor =>
    treeTidy(() => tf.mul(lossAt(loss, params, splitRows(batch, layout), batchKey).loss, batch.shape[0]));
  const compiled = choice === false ? null : compile(sum, { fallback: choice === 'auto' });
  const sumOf = compiled ?? sum;
  return {
    at: async (params) => {
      const sums = tf.tidy(() =>
        tf.addN(
          Array.from({ length: source.count }, (_, i) =>
            sumOf(params, foldIn(key, i), source.batch(key, 0, i)),
          ),
        ),
      );
      const [total] = await sums.data();
      sums.dispose();
      return total / rows.shape[0];
    },
    dispose: () => compiled?.dispose(),
  };
}

/** Of a batch for validation, where no memory goes to gradients: fewer calls. */
const LEAST_ROWS = 500;
