import * as tf from '@tensorflow/tfjs';
import { compile, scan } from '@ebim/compiler';
import { foldIn, foldSequence, ShapeError, type Key, type KeySequence, type TensorTree } from '@ebim/runtime';
import type { BatchSource } from '../data/batches.js';
import { compiledStep, type CompileChoice } from './compiled-step.js';
import { checkScalars, type StepStats } from './stats-recorder.js';
import { advance } from './step.js';

/** A training step, as `fit` is given it. */
export type StepFunction<S extends TensorTree> = (
  key: Key,
  state: S,
  batch: tf.Tensor,
) => { state: S; stats: StepStats };

/** What one call did. */
export interface StepRun<S extends TensorTree> {
  readonly state: S;
  /** Scalars after one step; else vectors whose first `steps` entries count. */
  readonly stats: Readonly<Record<string, tf.Tensor>>;
  readonly steps: number;
}

/** Runs steps, several in one program where that can be. */
export interface StepRunner<S extends TensorTree> {
  /**
   * Runs one to `most` steps, from `batch` of `epoch` on. Takes ownership of the state, unless it throws. Numbers do
   * not depend on `most`.
   */
  run(state: S, epoch: number, batch: number, most: number): StepRun<S>;
  dispose(): void;
}

/** What a runner is made of. */
export interface StepRunnerOptions<S extends TensorTree> {
  readonly step: StepFunction<S>;
  readonly compile: CompileChoice;
  readonly data: BatchSource;
  readonly keys: { readonly data: Key; readonly steps: Key };
  /** Most steps in one call. */
  readonly stepsPerCall: number;
}

/** Steps in one call, unless told: with so many, what a call costs beside its steps no longer shows. */
export const STEPS_PER_CALL = 64;

/** Elements of the batches that one call is given; a program has memory for all of them. */
const MOST_ELEMENTS = 2 ** 18;

/** A runner of the steps of one training run. */
export function stepRunner<S extends TensorTree>(options: StepRunnerOptions<S>): StepRunner<S> {
  const { data, keys, stepsPerCall } = options;
  const single = compiledStep(options.step, options.compile);
  const group = compile(stepGroup(options.step), { fallback: options.compile === 'auto' });
  let grouping = options.compile !== false && stepsPerCall > 1;
  /** Steps that the program for batches of a shape has room for. */
  const rooms = new Map<string, number>();
  let lastRoom = 1;

  const runOne = (state: S, epoch: number, batch: number): StepRun<S> => {
    const key = foldIn(foldIn(keys.steps, epoch), batch);
    const points = data.batch(keys.data, epoch, batch);
    const next = advance(state, points, (s, x) => {
      const result = single.step(key, s, x);
      checkScalars(result.stats);
      return result;
    });
    return { ...next, steps: 1 };
  };

  const runGroup = (state: S, epoch: number, batch: number, most: number): StepRun<S> => {
    const points = takeBatches(data, keys.data, epoch, batch, Math.min(most, lastRoom));
    const [steps, ...shape] = points.shape;
    const text = shape.join();
    const room = Math.max(steps, rooms.get(text) ?? roomFor(shape, Math.min(stepsPerCall, data.count)));
    // A shorter last batch is alone in its epoch.
    if (room === 1 || (batch === data.count - 1 && !rooms.has(text))) {
      points.dispose();
      return runOne(state, epoch, batch);
    }
    rooms.set(text, room);
    lastRoom = room;
    const stepKeys = foldSequence(foldIn(keys.steps, epoch), batch, room);
    const refused = group.statistics.passThroughs;
    const count = tf.scalar(steps, 'int32');
    try {
      const next = advance(state, padded(points, room), (s, x) => group(stepKeys, s, x, count));
      return { ...next, steps };
    } finally {
      count.dispose();
      // What is no program is better run step by step.
      if (group.statistics.passThroughs > refused) grouping = false;
    }
  };

  return {
    run(state, epoch, batch, most) {
      if (!grouping) return runOne(state, epoch, batch);
      try {
        return runGroup(state, epoch, batch, most);
      } catch (error) {
        // A state that changes its shapes from step to step cannot be carried through a loop.
        if (!(error instanceof ShapeError) || error.code !== 'carry-changed') throw error;
        grouping = false;
        return runOne(state, epoch, batch);
      }
    },
    dispose() {
      single.dispose();
      group.dispose();
    },
  };
}

/** The first `count` of the steps on batches `[room, batch, …]`, as one function. */
const stepGroup =
  <S extends TensorTree>(step: StepFunction<S>) =>
  (keys: KeySequence, state: S, batches: tf.Tensor, count: tf.Tensor) => {
    const [last, stats] = scan(
      (before: S, x) => {
        const next = step(x.key, before, x.batch);
        checkScalars(next.stats);
        return [next.state, { ...next.stats }] as const;
      },
      state,
      { key: keys, batch: batches },
      { count },
    );
    return { state: last, stats };
  };

function roomFor(shape: readonly number[], most: number): number {
  const elements = shape.reduce((n, size) => n * size, 1);
  return Math.min(most, Math.max(1, Math.floor(MOST_ELEMENTS / Math.max(1, elements))));
}

/** As `take` of a source, for sources that have none. */
function takeBatches(data: BatchSource, key: Key, epoch: number, index: number, most: number): tf.Tensor {
  if (data.take !== undefined) return data.take(key, epoch, index, most);
  const end = Math.min(data.count, index + most);
  return tf.tidy(() => {
    const taken = [data.batch(key, epoch, index)];
    const shape = taken[0].shape.join();
    for (let i = index + 1; i < end; i++) {
      const next = data.batch(key, epoch, i);
      if (next.shape.join() !== shape) break;
      taken.push(next);
    }
    return taken.length === 1 ? tf.expandDims(taken[0]) : tf.stack(taken);
  });
}

/** Batches and zeros, `room` in all; disposes the batches. */
function padded(batches: tf.Tensor, room: number): tf.Tensor {
  const [steps, ...shape] = batches.shape;
  if (steps === room) return batches;
  const all = tf.tidy(() => tf.concat([batches, tf.zeros([room - steps, ...shape], batches.dtype)]));
  batches.dispose();
  return all;
}
