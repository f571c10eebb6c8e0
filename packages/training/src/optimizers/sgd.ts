import * as tf from '@tensorflow/tfjs';
import { ConfigError, treeMap, treeTidy, type TensorTree } from '@ebim/runtime';
import { checkOption, nonNegative } from '../options.js';
import { checkLearningRate, learningRateAt } from './learning-rate.js';
import type { LearningRate, Optimizer } from './optimizer.js';

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Default 1e-3. */
  readonly learningRate?: LearningRate;
  /** Share of the previous direction that is kept. Default 0. */
  readonly momentum?: number;
  /** Look ahead along the momentum (needs `momentum` > 0). Default false. */
  readonly nesterov?: boolean;
  /** L2 penalty added to the gradient. Default 0. */
  readonly weightDecay?: number;
}

/** What SGD remembers between updates. */
export type SgdState = {
  /** Number of updates done, float32 scalar. */
  readonly step: tf.Scalar;
  /** Sum of past gradients, decayed; an empty array without momentum. */
  readonly velocity: TensorTree;
};

/**
 * Stochastic gradient descent with PyTorch's formulas:
 *
 * ```
 * g <- g + weightDecay p          u <- momentum u + g
 * d  = g + momentum u (nesterov), u (momentum) or g (neither)
 * p <- p - learningRate d
 * ```
 *
 * @throws ConfigError `bad-option`
 */
export function sgd(options: SgdOptions = {}): Optimizer<SgdState> {
  const { learningRate = 1e-3, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  checkLearningRate('sgd', learningRate);
  checkOption('sgd', 'momentum', momentum, nonNegative);
  checkOption('sgd', 'weightDecay', weightDecay, nonNegative);
  if (nesterov && momentum === 0)
    throw new ConfigError({
      code: 'bad-option',
      where: 'sgd({ nesterov })',
      expected: 'momentum > 0 with nesterov',
      received: 'momentum = 0',
    });

  const init = (params: TensorTree): SgdState => ({
    step: tf.scalar(0),
    velocity: momentum > 0 ? treeMap((p) => tf.zeros(p.shape), params) : [],
  });

  const update = <P extends TensorTree>(gradients: P, state: SgdState, params: P) =>
    treeTidy(() => {
      const rate = learningRateAt(learningRate, state.step);
      const step = tf.add<tf.Scalar>(state.step, 1);
      const slopes =
        weightDecay > 0 ? treeMap((g, p) => tf.add(g, tf.mul(p, weightDecay)), gradients, params) : gradients;
      const move = (direction: TensorTree): P =>
        treeMap((p, d) => tf.sub(p, tf.mul(d, rate)), params, direction);
      if (momentum === 0) return { params: move(slopes), state: { step, velocity: [] } };

      const velocity = treeMap((u, g) => tf.add(tf.mul(u, momentum), g), state.velocity, slopes);
      const direction = nesterov
        ? treeMap((g, u) => tf.add(g, tf.mul(u, momentum)), slopes, velocity)
        : velocity;
      return { params: move(direction), state: { step, velocity } };
    });

  return { init, update };
}
