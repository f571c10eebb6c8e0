import * as tf from '@tensorflow/tfjs';
import { treeMap, treeTidy, type TensorTree } from '@ebim/runtime';
import { checkOption, fraction, nonNegative, positive } from '../options.js';
import { checkLearningRate, learningRateAt } from './learning-rate.js';
import type { LearningRate, Optimizer } from './optimizer.js';

/** Options of {@link adam} and {@link adamW}. */
export interface AdamOptions {
  /** Default 1e-3. */
  readonly learningRate?: LearningRate;
  /** Decay rate of the mean of gradients. Default 0.9. */
  readonly beta1?: number;
  /** Decay rate of the mean of squared gradients. Default 0.999. */
  readonly beta2?: number;
  /** Added to the denominator. Default 1e-8. */
  readonly epsilon?: number;
  /** Strength of weight decay. Default 0 for `adam`, 1e-2 for `adamW`. */
  readonly weightDecay?: number;
}

/** What Adam remembers between updates. */
export type AdamState = {
  /** Number of updates done, float32 scalar. */
  readonly step: tf.Scalar;
  /** Moving average of gradients. */
  readonly firstMoment: TensorTree;
  /** Moving average of squared gradients. */
  readonly secondMoment: TensorTree;
};

/**
 * Adam (Kingma & Ba 2015) with PyTorch's formulas; `weightDecay` is added to the gradient as an L2 penalty.
 *
 * ```
 * m <- beta1 m + (1 - beta1) g           v <- beta2 v + (1 - beta2) g^2
 * p <- p - (learningRate / (1 - beta1^t)) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
 * ```
 *
 * @throws ConfigError `bad-option`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { adam } from '@ebim/training';
 *
 * const optimizer = adam({ learningRate: 0.01 });
 * const params = { weight: tf.tensor1d([1, 2]) };
 * const gradients = { weight: tf.tensor1d([0.5, -1]) };
 * const next = optimizer.update(gradients, optimizer.init(params), params);
 * next.params.weight.print(); // [0.99, 2.01]
 * ```
 */
export const adam = (options: AdamOptions = {}): Optimizer<AdamState> =>
  adamWith('adam', { weightDecay: 0, ...options }, 'penalty');

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019), PyTorch's formulas: before the step of Adam,
 * `p <- p - learningRate weightDecay p`.
 *
 * @throws ConfigError `bad-option`
 */
export const adamW = (options: AdamOptions = {}): Optimizer<AdamState> =>
  adamWith('adamW', { weightDecay: 1e-2, ...options }, 'decoupled');

function adamWith(
  where: string,
  options: AdamOptions & { readonly weightDecay: number },
  decay: 'penalty' | 'decoupled',
): Optimizer<AdamState> {
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay } = options;
  checkLearningRate(where, learningRate);
  checkOption(where, 'beta1', beta1, fraction);
  checkOption(where, 'beta2', beta2, fraction);
  checkOption(where, 'epsilon', epsilon, positive);
  checkOption(where, 'weightDecay', weightDecay, nonNegative);

  const init = (params: TensorTree): AdamState => ({
    step: tf.scalar(0),
    firstMoment: treeMap((p) => tf.zeros(p.shape), params),
    secondMoment: treeMap((p) => tf.zeros(p.shape), params),
  });

  const update = <P extends TensorTree>(gradients: P, state: AdamState, params: P) =>
    treeTidy(() => {
      const rate = learningRateAt(learningRate, state.step);
      const step = tf.add<tf.Scalar>(state.step, 1);
      const slopes =
        weightDecay > 0 && decay === 'penalty'
          ? treeMap((g, p) => tf.add(g, tf.mul(p, weightDecay)), gradients, params)
          : gradients;
      const start =
        weightDecay > 0 && decay === 'decoupled'
          ? treeMap((p) => tf.mul(p, tf.sub(1, tf.mul(rate, weightDecay))), params)
          : params;
      const firstMoment = treeMap(
        (m, g) => tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)),
        state.firstMoment,
        slopes,
      );
      const secondMoment = treeMap(
        (v, g) => tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)),
        state.secondMoment,
        slopes,
      );
      const stepSize = tf.div(rate, oneMinusPower(beta1, step));
      const correction = tf.sqrt(oneMinusPower(beta2, step));
      const moved = treeMap(
        (p, m, v) => tf.sub(p, tf.div(tf.mul(m, stepSize), tf.add(tf.div(tf.sqrt(v), correction), epsilon))),
        start,
        firstMoment,
        secondMoment,
      );
      return { params: moved, state: { step, firstMoment, secondMoment } };
    });

  return { init, update };
}

/**
 * `1 - beta^step`. The difference would lose digits in float32 (5 of 7 at the first step with beta = 0.999), so it
 * is `-expm1(step log beta)`, which loses none.
 */
const oneMinusPower = (beta: number, step: tf.Scalar): tf.Tensor =>
  beta === 0 ? tf.onesLike(step) : tf.neg(tf.expm1(tf.mul(step, Math.log(beta))));
