import * as tf from '@tensorflow/tfjs';
import { treeMap, treeTidy, type TensorTree } from '@ebim/runtime';
import type { LearningRate, Optimizer } from '@ebim/training';

/** What {@link amsGrad} remembers between updates. */
export type AmsGradState = {
  /** Number of updates done, float32 scalar. */
  readonly step: tf.Scalar;
  readonly firstMoment: TensorTree;
  readonly secondMoment: TensorTree;
  /** Largest second moment so far, entry by entry. */
  readonly largest: TensorTree;
};

/** Adam that divides by the largest second moment so far (Reddi et al. 2018), with PyTorch's formulas and constants. */
export function amsGrad({
  learningRate,
  weightDecay,
}: {
  readonly learningRate: LearningRate;
  readonly weightDecay: number;
}): Optimizer<AmsGradState> {
  const zeros = (params: TensorTree): TensorTree => treeMap((p) => tf.zeros(p.shape), params);
  const blend = (rate: number, old: TensorTree, now: TensorTree): TensorTree =>
    treeMap((a, b) => tf.add(tf.mul(a, rate), tf.mul(b, 1 - rate)), old, now);
  return {
    init: (params) => ({
      step: tf.scalar(0),
      firstMoment: zeros(params),
      secondMoment: zeros(params),
      largest: zeros(params),
    }),
    update: (gradients, state, params) =>
      treeTidy(() => {
        const rate = typeof learningRate === 'number' ? tf.scalar(learningRate) : learningRate(state.step);
        const step = tf.add<tf.Scalar>(state.step, 1);
        const slopes = treeMap((g, p) => tf.add(g, tf.mul(p, weightDecay)), gradients, params);
        const firstMoment = blend(BETA1, state.firstMoment, slopes);
        const secondMoment = blend(
          BETA2,
          state.secondMoment,
          treeMap((g) => tf.square(g), slopes),
        );
        const largest = treeMap((a, b) => tf.maximum(a, b), state.largest, secondMoment);
        const stepSize = tf.div(rate, oneMinusPower(BETA1, step));
        const correction = tf.sqrt(oneMinusPower(BETA2, step));
        const moved = treeMap(
          (p, m, v) => tf.sub(p, tf.div(tf.mul(m, stepSize), tf.add(tf.div(tf.sqrt(v), correction), 1e-8))),
          params,
          firstMoment,
          largest,
        );
        return { params: moved, state: { step, firstMoment, secondMoment, largest } };
      }),
  };
}

const BETA1 = 0.9;
const BETA2 = 0.999;

/** `1 - beta^step` without cancellation. */
const oneMinusPower = (beta: number, step: tf.Scalar): tf.Tensor =>
  tf.neg(tf.expm1(tf.mul(step, Math.log(beta))));
