import { vjp } from '@ebim/autodiff';
import * as tf from '@tensorflow/tfjs';
import type { Constraint } from '@ebim/samplers';
import { normOf, type Norm } from '../norm.js';
import { rankPenalty, rankRegulariser, type RankRegulariserOptions } from './rank-regulariser.js';

/** Weights and norms of {@link manifoldLoss}. */
export interface ManifoldLossOptions extends RankRegulariserOptions {
  /** Weight of the rank regulariser (beta of P2 Eq 8). Default 1. */
  readonly rankWeight?: number;
  /** Weight of the negative samples (alpha of P2 Eq 8). 0 switches sampling off. Default 0.3. */
  readonly negativeWeight?: number;
  /**
   * Weight of the squared norm of F on the negatives. Not in Eq 8, but in the reference code, and needed:
   * without it the loss is unbounded below. Default 1.
   */
  readonly magnitudeWeight?: number;
  /** Norm of F on data. Default `'l2'`. */
  readonly positiveNorm?: Norm;
  /** Norm of F on negatives. Default `'l2'`. */
  readonly negativeNorm?: Norm;
}

/** The loss and its parts. */
export type ManifoldLossTerms = {
  readonly loss: tf.Scalar;
  readonly positive: tf.Scalar;
  readonly negative: tf.Scalar;
  readonly magnitude: tf.Scalar;
  readonly rank: tf.Scalar;
};

/**
 * Loss of a manifold-defining function (P2 Eq 8, completed with the magnitude term of the reference code):
 * `mean N(F(x)) - negativeWeight * mean N(F(x')) + rankWeight * rank + magnitudeWeight * mean N(F(x'))^2`.
 *
 * @param x data `[batch, n]`
 * @param directions normal noise `[batch, k]` of the rank regulariser
 * @param negatives samples of the model made without gradient, `[batch, n]`; `null` if `negativeWeight` is 0
 */
export function manifoldLoss(
  constraint: Constraint,
  x: tf.Tensor,
  directions: tf.Tensor,
  negatives: tf.Tensor | null,
  options: ManifoldLossOptions = {},
): ManifoldLossTerms {
  const { rankWeight = 1, negativeWeight = 0.3, magnitudeWeight = 1 } = options;
  const { minSingularValue = 1, maxSingularValue = null } = options;
  const { positiveNorm = 'l2', negativeNorm = 'l2' } = options;

  const onData = vjp(constraint, x);
  const positive = tf.mean<tf.Scalar>(normOf(positiveNorm, onData.value));
  const rank = rankPenalty(onData.vjp(directions), directions, minSingularValue, maxSingularValue);
  const shared = tf.add<tf.Scalar>(positive, tf.mul(rankWeight, rank));
  if (negatives === null || negativeWeight === 0) {
    const none = tf.scalar(0);
    return { loss: shared, positive, negative: none, magnitude: none.clone(), rank };
  }
  const off = normOf(negativeNorm, constraint(negatives));
  const negative = tf.mean<tf.Scalar>(off);
  const magnitude = tf.mean<tf.Scalar>(tf.square(off));
  const pushed = tf.sub(tf.mul(magnitudeWeight, magnitude), tf.mul(negativeWeight, negative));
  return { loss: tf.add<tf.Scalar>(shared, pushed), positive, negative, magnitude, rank };
}

/**
 * Loss of paper v1 (Eq 3): `mean |F(x)|^2 + rankWeight * rank`, no negatives, so nothing keeps F from being
 * zero elsewhere.
 */
export function manifoldLossV1(
  constraint: Constraint,
  x: tf.Tensor,
  directions: tf.Tensor,
  options: Pick<ManifoldLossOptions, 'rankWeight' | 'minSingularValue'> = {},
): ManifoldLossTerms {
  const { rankWeight = 1, minSingularValue = 1 } = options;
  const positive = tf.mean<tf.Scalar>(normOf('l2Squared', constraint(x)));
  const rank = rankRegulariser(constraint, x, directions, { minSingularValue });
  const none = tf.scalar(0);
  const loss = tf.add<tf.Scalar>(positive, tf.mul(rankWeight, rank));
  return { loss, positive, negative: none, magnitude: none.clone(), rank };
}
