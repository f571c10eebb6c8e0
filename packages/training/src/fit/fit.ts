import type * as tf from '@tensorflow/tfjs';
import {
  CheckpointError,
  ConvergenceError,
  split,
  treeClone,
  treeDispose,
  treeLeaves,
  treeMismatch,
  treeUnflatten,
  uniformArray,
  type Key,
  type TensorTree,
} from '@ebim/runtime';
import type { BatchSource } from '../data/batches.js';
import { checkOption, countFromOne, countFromZero } from '../options.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { CompileChoice } from './compiled-step.js';
import type { EpochStats, FitEvent, Symptom } from './events.js';
import { FRESH, progressFromMeta, type Progress, type RunMark } from './progress.js';
import type { StepStats } from './stats-recorder.js';
import { stepRunner, STEPS_PER_CALL } from './step-runner.js';
import { allFinite } from './step.js';
import { train } from './train.js';

/** Options of {@link fit}. */
export interface FitOptions<S extends TensorTree> {
  /**
   * The state before training: everything that a step changes, i.e. parameters, optimiser state, replay buffer. A
   * tree stays the caller's.
   */
  readonly init: S | ((key: Key) => S);
  /**
   * One step: a pure function of its arguments. It owns none of them; what it returns belongs to `fit`. `stats` are
   * scalars, the same names at every step.
   */
  readonly step: (key: Key, state: S, batch: tf.Tensor) => { state: S; stats: StepStats };
  readonly data: BatchSource;
  /** Total number of epochs, those before a resume included. */
  readonly epochs: number;
  readonly key: Key;
  /** Stops after the current call (see `stepsPerCall`), with a checkpoint. */
  readonly signal?: AbortSignal;
  /**
   * Looks at the means of all epochs so far after each epoch and says what is wrong with them. Each code becomes one
   * warning event. Nothing else comes of it: the numbers of a run do not depend on who watches.
   */
  readonly watch?: (history: readonly EpochStats[]) => readonly Symptom[];
  /** Called with everything that happens; a promise is waited for. */
  readonly onEvent?: (event: FitEvent<S>) => void | Promise<void>;
  /**
   * Whether the step runs as one compiled program (`compile` of `@ebim/compiler`), which needs a step that is pure: the
   * same arguments give the same result, and nothing outside is read or changed. Default `auto`: where it can be
   * traced and the backend computes on the host; `true`: a step that cannot be traced is an error; `false`: never.
   */
  readonly compile?: CompileChoice;
  /**
   * Most steps that run in one call of the compiled step, whose cost beside the steps it thereby shares; from 1. Their
   * events follow the call, and a signal waits for its end. Fewer run where they would take longer than about 40 ms,
   * where batches are large, and one by one where the step is not compiled. Numbers do not depend on it. Default 64.
   */
  readonly stepsPerCall?: number;
  /** Read the statistics of every n-th step for its event. Default: never, since a read stalls the backend. */
  readonly statsEvery?: number;
  /** Resume from the store, if there is a checkpoint in it, and keep it up to date. */
  readonly checkpoint?: {
    readonly store: CheckpointStore;
    /** Default 1. The end of training and a stop are stored in any case. */
    readonly everyEpochs?: number;
  };
}

/** What {@link fit} returns. */
export interface FitResult<S extends TensorTree> {
  /** The state at the end; after a divergence, the last one known to be finite. The caller owns it. */
  readonly state: S;
  /** Of every complete epoch, those before a resume included. */
  readonly history: readonly EpochStats[];
  /** `stopped` by the signal; `diverged` when the state or a statistic was no longer finite. */
  readonly status: 'completed' | 'stopped' | 'diverged';
}

/**
 * Trains: `epochs` times over the batches of `data`, one `step` each.
 *
 * `[forInit, forData, forSteps] = split(key, 4)`; the key of a step is `foldIn(foldIn(forSteps, epoch), batch)`.
 * Nothing else is random and no number depends on time, events or checkpoints, so that a run that was stopped or
 * killed and resumes from its checkpoint gives the bits of one that was not.
 *
 * @throws ConfigError `bad-option`; ConvergenceError `bad-initial-state`; CheckpointError `other-structure`,
 * `other-run`, `not-a-training-checkpoint` or what the store throws
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { key } from '@ebim/runtime';
 * import { batches, fit } from '@ebim/training';
 *
 * const { state, history } = await fit<{ mean: tf.Tensor }>({
 *   init: { mean: tf.scalar(0) },
 *   step: (_key, { mean }, batch) =>
 *     tf.tidy(() => {
 *       const gap = tf.sub(tf.mean(batch), mean);
 *       return { state: { mean: tf.add(mean, tf.mul(gap, 0.1)) }, stats: { gap: tf.abs(gap) as tf.Scalar } };
 *     }),
 *   data: batches(tf.tensor1d([1, 2, 3, 4]), { batchSize: 2 }),
 *   epochs: 10,
 *   key: key(0),
 * });
 * ```
 */
export async function fit<S extends TensorTree>(options: FitOptions<S>): Promise<FitResult<S>> {
  const { data, epochs, key, statsEvery, checkpoint, stepsPerCall = STEPS_PER_CALL } = options;
  checkOption('fit', 'stepsPerCall', stepsPerCall, countFromOne);
  checkOption('fit', 'epochs', epochs, countFromZero);
  if (statsEvery !== undefined) checkOption('fit', 'statsEvery', statsEvery, countFromOne);
  if (checkpoint?.everyEpochs !== undefined)
    checkOption('fit', 'checkpoint.everyEpochs', checkpoint.everyEpochs, countFromOne);

  const [forInit, forData, forSteps, forMark] = split(key, 4);
  const mark: RunMark = { batches: data.count, key: uniformArray(forMark, 1)[0] };
  const { state, progress } = await begin(options, forInit, mark);
  const keys = { data: forData, steps: forSteps };
  const { step, compile = 'auto' } = options;
  const runner = stepRunner({ step, compile, data, keys, stepsPerCall });
  try {
    return await train(
      {
        runner,
        batches: data.count,
        epochs,
        mark,
        signal: options.signal,
        onEvent: options.onEvent,
        watch: options.watch,
        statsEvery,
        store: checkpoint?.store,
        everyEpochs: checkpoint?.everyEpochs ?? 1,
      },
      state,
      progress,
    );
  } finally {
    runner.dispose();
  }
}

/** The state and place to start from: those of the checkpoint if there is one. */
async function begin<S extends TensorTree>(
  { init, checkpoint }: FitOptions<S>,
  forInit: Key,
  mark: RunMark,
): Promise<{ state: S; progress: Progress }> {
  const fresh = typeof init === 'function' ? init(forInit) : treeClone(init);
  let stored: TensorTree | undefined;
  try {
    const found = await checkpoint?.store.load();
    if (found) {
      stored = found.tensors;
      const progress = progressFromMeta(found.meta, mark);
      checkArchitecture(fresh, stored);
      const state = treeUnflatten(fresh, treeLeaves(stored));
      treeDispose(fresh);
      return { state, progress };
    }
    if (!(await allFinite(fresh)))
      throw new ConvergenceError({
        code: 'bad-initial-state',
        where: 'fit({ init })',
        expected: 'finite numbers',
        received: 'NaN or infinity',
      });
    return { state: fresh, progress: FRESH };
  } catch (error) {
    treeDispose(fresh);
    if (stored) treeDispose(stored);
    throw error;
  }
}

function checkArchitecture(fresh: TensorTree, stored: TensorTree): void {
  const mismatch = treeMismatch(fresh, stored);
  if (mismatch)
    throw new CheckpointError({
      code: 'other-structure',
      where: `fit({ checkpoint }), tensor "${mismatch.path}"`,
      expected: mismatch.expected,
      received: `${mismatch.received} in the checkpoint`,
      hint: 'The checkpoint is of another model or optimiser: resume with the same options, or use an empty store.',
      details: { ...mismatch },
    });
}
