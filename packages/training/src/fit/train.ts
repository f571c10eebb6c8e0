import { treeClone, treeDispose, type TensorTree } from '@ebim/runtime';
import type { CheckpointStore } from './checkpoint-store.js';
import type { EpochStats, FitEvent, Symptom } from './events.js';
import { progressToMeta, type Progress, type RunMark } from './progress.js';
import { statsRecorder, type BadStat } from './stats-recorder.js';
import type { StepRunner } from './step-runner.js';
import { allFinite } from './step.js';

/** What the loop needs beside the state: the options of `fit` with defaults filled in and keys drawn. */
export interface TrainOptions<S extends TensorTree> {
  readonly runner: StepRunner<S>;
  /** Batches in an epoch. */
  readonly batches: number;
  readonly epochs: number;
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

/** Longest time without a turn of the event loop (signals, timers, drawing), or in one call, milliseconds. */
const LONGEST_TURN = 40;

/** The loop of `fit`, from `progress` on. Takes ownership of `start`. */
export async function train<S extends TensorTree>(
  options: TrainOptions<S>,
  start: S,
  progress: Progress,
): Promise<TrainResult<S>> {
  const { runner, batches, epochs, signal, statsEvery = Infinity, store, everyEpochs } = options;
  const history = [...progress.history];
  const recorder = statsRecorder(progress.partial);
  let state = start;
  // The latest state known to be finite. Clones share memory with their original.
  let good = treeClone(start);
  let { epoch, batch } = progress;
  const told = new Set<string>();
  let unchecked = 0;
  /** Steps that one call may run. */
  let most = 1;
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

  const someSteps = async (): Promise<boolean> => {
    const started = performance.now();
    const ran = runner.run(state, epoch, batch, Math.min(most, CHECK_EVERY - unchecked));
    const { steps } = ran;
    state = ran.state;
    recorder.add(ran.stats, steps);
    unchecked += steps;
    const first = batch;
    batch += steps;
    most = Math.max(1, Math.floor((LONGEST_TURN * steps) / (performance.now() - started)));
    if (!(await tellSteps(first, steps))) return false;
    return unchecked < CHECK_EVERY || check();
  };

  /** One event for each step; those before a bad statistic, where statistics are read. */
  const tellSteps = async (first: number, steps: number): Promise<boolean> => {
    const done = epoch * batches + first;
    const readsAt = (step: number): boolean => step % statsEvery === 0;
    const reads = Math.floor((done + steps) / statsEvery) > Math.floor(done / statsEvery);
    const { rows, bad } = reads ? await recorder.read() : { rows: [], bad: undefined };
    const told = bad === undefined ? steps : steps - 1 - bad.stepsAgo;
    for (let i = 0; i < told && options.onEvent; i++) {
      const stats = readsAt(done + i + 1) ? { stats: rows[rows.length - steps + i] } : {};
      await emit({ type: 'step', epoch, batch: first + i, step: done + i + 1, ...stats });
    }
    return bad === undefined || warn(bad);
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
      await emit({ type: 'warning', code, message, epoch: entry.epoch, batch: batches - 1 });
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
      while (batch < batches) {
        if (signal?.aborted) {
          if (!(await check())) return diverged();
          await save();
          return finished('stopped');
        }
        if (!(await someSteps())) return diverged();
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
