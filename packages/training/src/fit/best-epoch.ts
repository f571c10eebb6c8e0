import { treeClone, treeDispose, type TensorTree } from '@ebim/runtime';
import { checkOption, countFromOne } from '../options.js';
import type { FitEvent } from './events.js';

/** Options of {@link bestEpoch}. */
export interface BestEpochOptions<S extends TensorTree> {
  /** Smaller is better, e.g. the loss on points that are not trained on. It must not change or dispose the state. */
  readonly score: (state: S) => number | Promise<number>;
  /** Epochs between two scores. Default 1. */
  readonly everyEpochs?: number;
  /** Stops training after so many scores in a row that are no improvement. Default: never. */
  readonly patience?: number;
}

/** The best state that training has seen. */
export interface BestEpoch<S extends TensorTree> {
  /** A copy; the caller owns it. */
  readonly state: S;
  /** From 0. */
  readonly epoch: number;
  readonly score: number;
}

/** What {@link bestEpoch} makes: options for `fit`, and what they collect. */
export interface BestEpochWatch<S extends TensorTree> {
  readonly onEvent: (event: FitEvent<S>) => Promise<void>;
  /** Aborted when patience is at its end. */
  readonly signal: AbortSignal;
  /** Every score, in order. */
  readonly scores: readonly { readonly epoch: number; readonly score: number }[];
  /** Hands over the best state; `null` if no epoch had a finite score, or if it was taken already. */
  take(): BestEpoch<S> | null;
}

/**
 * Scores the state at the ends of epochs, keeps a copy of the best one and can stop training: early stopping on
 * validation points. Scores before a resume from a checkpoint are not remembered.
 *
 * @throws ConfigError `bad-option`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { key } from '@ebim/runtime';
 * import { batches, bestEpoch, fit } from '@ebim/training';
 *
 * // Goes from 0 in steps of 1 and is best at 3.
 * const watch = bestEpoch<{ at: tf.Tensor }>({
 *   score: async ({ at }) => Math.abs((await at.data())[0] - 3),
 *   patience: 2,
 * });
 * await fit({
 *   init: { at: tf.scalar(0) as tf.Tensor },
 *   step: (_key, { at }) => ({ state: { at: tf.add(at, 1) }, stats: {} }),
 *   data: batches(tf.zeros([1]), { batchSize: 1 }),
 *   epochs: 100,
 *   key: key(0),
 *   onEvent: watch.onEvent,
 *   signal: watch.signal,
 * });
 * console.log(watch.take()?.epoch); // 2, the third
 * ```
 */
export function bestEpoch<S extends TensorTree>(options: BestEpochOptions<S>): BestEpochWatch<S> {
  const { score, everyEpochs = 1, patience } = options;
  checkOption('bestEpoch', 'everyEpochs', everyEpochs, countFromOne);
  if (patience !== undefined) checkOption('bestEpoch', 'patience', patience, countFromOne);
  const controller = new AbortController();
  const scores: { epoch: number; score: number }[] = [];
  let best: BestEpoch<S> | null = null;
  let taken = false;
  let waited = 0;
  return {
    signal: controller.signal,
    scores,
    onEvent: async (event) => {
      if (event.type !== 'epoch' || (event.epoch + 1) % everyEpochs !== 0) return;
      const value = await score(event.state);
      scores.push({ epoch: event.epoch, score: value });
      // NaN is no improvement.
      if (Number.isFinite(value) && (best === null || value < best.score)) {
        if (best !== null && !taken) treeDispose(best.state);
        best = { state: treeClone(event.state), epoch: event.epoch, score: value };
        taken = false;
        waited = 0;
      } else if (++waited === patience) controller.abort();
    },
    take: () => {
      if (taken) return null;
      taken = true;
      return best;
    },
  };
}
