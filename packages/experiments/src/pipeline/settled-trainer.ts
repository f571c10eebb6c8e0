import { treeClone, treeMap, treeTidy, type Key, type TensorTree } from '@ebim/runtime';
import type { StepStats } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';

/** A training step for `fit`. */
export interface Trainer<S extends TensorTree> {
  init(key: Key): S;
  step(key: Key, state: S, batch: tf.Tensor): { state: S; stats: StepStats };
}

/** State of a {@link settledTrainer}. */
export type SettledState<P extends TensorTree, S extends TensorTree> = {
  /** What is kept of training: the average of the parameters, where held-out points chose it. */
  readonly params: P;
  /** State of the trainer inside, with the parameters that steps are taken from. */
  readonly training: S;
  readonly average: P;
  /** Steps done, float32 scalar. */
  readonly steps: tf.Scalar;
  /** Moving average of the score of the average, and its least value so far; zero and infinity without a score. */
  readonly score: tf.Scalar;
  readonly best: tf.Scalar;
};

/** Options of {@link settledTrainer}. */
export interface SettledOptions<P extends TensorTree, S extends TensorTree> {
  /** Decay of the moving average of the parameters. */
  readonly decay: number;
  /** How bad parameters are, on points that are not trained on. Noise is averaged over steps. Default: never asked. */
  readonly score?: (key: Key, params: P, training: S) => tf.Scalar;
}

/** Decay of the moving average of the score, and the steps that it takes until it says something. */
const SCORE_DECAY = 0.99;
const WARM_UP = 100;

/** Large and finite: states with infinities count as diverged. */
const UNSCORED = 1e30;

/**
 * Keeps the moving average of the parameters of another trainer, and of these averages the one that scored best on
 * points that were held out. All of it is part of the state, so that a run that resumes ends as one that was not
 * stopped. Training itself is unchanged.
 */
export function settledTrainer<P extends TensorTree, S extends TensorTree & { readonly params: P }>(
  trainer: Trainer<S>,
  { decay, score: scoreOf }: SettledOptions<P, S>,
): Trainer<SettledState<P, S>> {
  const mix = <T extends TensorTree>(kept: tf.Tensor, old: T, fresh: T): T =>
    treeMap<T>((a, b) => tf.add(tf.mul(a, kept), tf.mul(b, tf.sub(1, kept))), old, fresh);
  return {
    init: (key) => {
      const training = trainer.init(key);
      return {
        training,
        params: treeClone(training.params),
        average: treeClone(training.params),
        steps: tf.scalar(0),
        score: tf.scalar(0),
        best: tf.scalar(UNSCORED),
      };
    },
    step: (key, state, batch) =>
      treeTidy(() => {
        const { state: training, stats } = trainer.step(key, state.training, batch);
        const { steps } = state;
        const kept = (limit: number) => tf.minimum(limit, tf.div(tf.add(steps, 1), tf.add(steps, 10)));
        const average = mix(kept(decay), state.average, training.params);
        const next = tf.add<tf.Scalar>(steps, 1);
        if (scoreOf === undefined)
          return {
            state: {
              training,
              params: treeClone(average),
              average,
              steps: next,
              score: state.score.clone(),
              best: state.best.clone(),
            },
            stats,
          };
        const now = scoreOf(key, average, training);
        const score = mix(kept(SCORE_DECAY), state.score, now);
        const better = tf.logicalOr(tf.less(score, state.best), tf.less(next, WARM_UP));
        const chosen = tf.cast(better, 'float32');
        // Until it is warm, a score is no record.
        const warm = tf.logicalAnd(better, tf.greaterEqual(next, WARM_UP));
        return {
          state: {
            training,
            params: mix(tf.sub(1, chosen), state.params, average),
            average,
            steps: next,
            score,
            best: tf.where<tf.Scalar>(warm, score, state.best),
          },
          stats: { ...stats, validation: score },
        };
      }),
  };
}
