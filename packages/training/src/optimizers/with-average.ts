import * as tf from '@tensorflow/tfjs';
import { treeClone, treeMap, treeTidy, type TensorTree } from '@ebim/runtime';
import { checkOption, fraction } from '../options.js';
import type { Optimizer } from './optimizer.js';

/** Options of {@link withAverage}. */
export interface AverageOptions {
  /** Share of the old average that stays at each update. Default 0.999. */
  readonly decay?: number;
}

/** State of an optimiser that averages. */
export type AverageState<S extends TensorTree> = {
  /** Of the optimiser itself. */
  readonly inner: S;
  /** Average of the parameters, a tree like theirs: use it in place of the last parameters. */
  readonly average: TensorTree;
  /** Updates done, float32 scalar. */
  readonly step: tf.Scalar;
};

/**
 * An optimiser that also keeps an exponential moving average of the parameters (Polyak & Juditsky 1992), which forgets
 * the noise of the last batches: `average <- d average + (1 - d) p` with `d = min(decay, (1 + t) / (10 + t))` at update
 * t from 0, so that the start is forgotten soon. Training itself is unchanged.
 *
 * @throws ConfigError `bad-option`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { averageOf, sgd, withAverage } from '@ebim/training';
 *
 * const optimizer = withAverage(sgd({ learningRate: 0.1 }), { decay: 0.99 });
 * const params = { weight: tf.scalar(1) };
 * const { state } = optimizer.update({ weight: tf.scalar(1) }, optimizer.init(params), params);
 * averageOf(params, state).weight.print(); // 0.91
 * ```
 */
export function withAverage<S extends TensorTree>(
  optimizer: Optimizer<S>,
  options: AverageOptions = {},
): Optimizer<AverageState<S>> {
  const { decay = 0.999 } = options;
  checkOption('withAverage', 'decay', decay, fraction);
  return {
    init: (params) => ({
      inner: optimizer.init(params),
      average: treeClone(params),
      step: tf.scalar(0),
    }),
    update: (gradients, state, params) =>
      treeTidy(() => {
        const next = optimizer.update(gradients, state.inner, params);
        const kept = tf.minimum(decay, tf.div(tf.add(state.step, 1), tf.add(state.step, 10)));
        const average = treeMap(
          (old, p) => tf.add(tf.mul(old, kept), tf.mul(p, tf.sub(1, kept))),
          state.average,
          next.params,
        );
        return {
          params: next.params,
          state: { inner: next.state, average, step: tf.add<tf.Scalar>(state.step, 1) },
        };
      }),
  };
}

/** The averaged parameters in the type of the parameters; the tensors stay those of the state. */
export const averageOf = <P extends TensorTree>(_params: P, state: AverageState<TensorTree>): P =>
  state.average as P;
