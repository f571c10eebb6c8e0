import type * as tf from '@tensorflow/tfjs';
import { foldIn, treeClone, treeDispose, type Key, type TensorTree } from '@ebim/runtime';
import type { BatchSource } from '../data/batches.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { EpochStats, FitEvent, Symptom } from './events.js';
import { progressToMeta, type Progress, type RunMark } from './progress.js';
import { statsRecorder, type BadStat, type StepStats } from './stats-recorder.js';
import { advance, allFinite } from './step.js';

/** What the loop needs beside the state: the options of `fit` with defaults filled in and keys drawn. */
export interface TrainOptions<S extends TensorTree> {
  readonly step: (key: Key, state: S, batch: tf.Tensor) => { state: S; stats: StepStats };
  readonly data: BatchSource;
  readonly epochs: number;
  readonly keys: { readonly data: Key; readonly steps: Key };
  readonly mark: RunMark;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: ((event: FitEvent<S>) => void | Promise<void>) | undefined;
  readonly watch: ((history: readonly EpochStats[]) => readonly Symptom[]) | undefined;
  readonly statsEvery: number | undefined;
  readonly store: CheckpointStore | undefined;
  readonly everyEpochs: number;
}

/** What the loop gives back: see `FitResult`. */
export interface TrainResult<S extends TensorTree> {
  readonly state: S;
  readonly history: readonly EpochStats[];
  readonly status: 'completed' | 'stopped' | 'diverged';
}

/** Steps between two looks at whether everything is finite, unless the epoch ends before. */
const CHECK_EVERY = 256;

/** Longest time without a turn of the event loop (signals, timers, drawing), milliseconds. */
const LONGEST_TURN = 40;

/** The loop of `fit`, from `progress` on. Takes ownership of `start`. */
export async function train<S extends TensorTree>(
  options: TrainOptions<S>,
  start: S,
  progress: Progress,
): Promise<TrainResult<S>> {
  const { data, epochs, keys, signal, statsEvery = Infinity, store, everyEpochs } = options;
  const history = [...progress.history];
  const recorder = statsRecorder(progress.partial);
  let state = start;
  // The latest state known to be finite. Clones share memory with their original.
  let good = treeClone(start);
  let { epoch, batch } = progress;
  const told = new Set<string>();
  let unchecked = 0;
  let seconds = progress.partial.seconds;
  let clock = performance.now();
  let turn = clock;

  const emit = async (event: FitEvent<S>): Promise<void> => {
    await options.onEvent?.(event);
  };

  const countTime = (): void => {
    const now = performance.now();
    seconds += (now - clock) / 1000;
    clock = now;
  };

  const save = async (): Promise<void> => {
    if (!store) return;
    countTime();
    const partial = { ...recorder.sums(), seconds };
    await store.save(state, progressToMeta({ epoch, batch, history, partial }, options.mark));
    await emit({ type: 'checkpoint', epoch, batch });
  };

  /** Looks at everything since the last look. False, after a warning, if it is not finite. */
  const check = async (): Promise<boolean> => {
    const { bad } = await recorder.read();
    if (bad) return warn(bad);
    if (unchecked > 0 && !(await allFinite(state))) return warn(undefined);
    unchecked = 0;
    treeDispose(good);
    good = treeClone(state);
    return true;
  };

  const warn = async (bad: BadStat | undefined): Promise<false> => {
    const at = Math.max(0, batch - 1 - (bad?.stepsAgo ?? 0));
    const what = bad ? `the statistic "${bad.name}" is ${bad.value}` : 'the state holds NaN or infinity';
    const message = `Training diverged: ${what} in epoch ${epoch}, batch ${at}. The last good state is kept; try a smaller learning rate or clipped gradients.`;
    await emit({ type: 'warning', code: 'diverged', message, epoch, batch: at });
    return false;
  };

  const oneStep = async (): Promise<boolean> => {
    const key = foldIn(foldIn(keys.steps, epoch), batch);
    const points = data.batch(keys.data, epoch, batch);
    const next = advance(state, points, (s, x) => options.step(key, s, x));
    state = next.state;
    recorder.add(next.stats);
    unchecked += 1;
    batch += 1;
    const step = epoch * data.count + batch;
    if (step % statsEvery === 0) {
      const { last, bad } = await recorder.read();
      if (bad) return warn(bad);
      await emit({ type: 'step', epoch, batch: batch - 1, step, stats: last });
    } else if (options.onEvent) await emit({ type: 'step', epoch, batch: batch - 1, step });
    return unchecked < CHECK_EVERY || check();
  };

  const endEpoch = async (): Promise<void> => {
    countTime();
    const entry: EpochStats = { epoch, stats: recorder.means(), seconds };
    history.push(entry);
    recorder.reset();
    seconds = 0;
    epoch += 1;
    batch = 0;
    await emit({ type: 'epoch', ...entry, state });
    for (const { code, message } of options.watch?.(history) ?? []) {
      if (told.has(code)) continue;
      told.add(code);
      await emit({ type: 'warning', code, message, epoch: entry.epoch, batch: data.count - 1 });
    }
    if (epoch % everyEpochs === 0 || epoch === epochs) await save();
  };

  const breathe = async (): Promise<void> => {
    if (performance.now() - turn < LONGEST_TURN) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    turn = performance.now();
  };

  const diverged = (): TrainResult<S> => {
    treeDispose(state);
    recorder.dispose();
    return { state: good, history, status: 'diverged' };
  };

  const finished = (status: 'completed' | 'stopped'): TrainResult<S> => {
    treeDispose(good);
    return { state, history, status };
  };

  try {
    while (epoch < epochs) {
      while (batch < data.count) {
        if (signal?.aborted) {
          if (!(await check())) return diverged();
          await save();
          return finished('stopped');
        }
        if (!(await oneStep())) return diverged();
        await breathe();
      }
      if (!(await check())) return diverged();
      await endEpoch();
    }
    return finished('completed');
  } catch (error) {
    treeDispose(state);
    treeDispose(good);
    recorder.dispose();
    throw error;
  }
}
