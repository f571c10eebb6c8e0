import { safeNorm, vjp } from '@ebim/autodiff';
import * as tf from '@tensorflow/tfjs';
import type { Constraint } from '@ebim/samplers';

/** Options of {@link rankRegulariser}. */
export interface RankRegulariserOptions {
  /** Target minimum of the singular values of the Jacobian (eta of the papers). Default 1. */
  readonly minSingularValue?: number;
  /** Target maximum; `null` leaves them unbounded above. Default `null`. */
  readonly maxSingularValue?: number | null;
}

/**
 * Keeps the Jacobian of full row rank on the data (P2 Eq 8, third term):
 * `mean_i [ (min - r_i)_+^2 + (r_i - max)_+^2 ]` with `r_i = |J(x_i)^T v_i| / |v_i|`, one random direction v_i
 * a point. With max = min both hinges together are (min - r)^2, the paper's form for images.
 *
 * @param x data `[batch, n]`
 * @param directions normal noise `[batch, k]`
 */
export function rankRegulariser(
  constraint: Constraint,
  x: tf.Tensor,
  directions: tf.Tensor,
  options: RankRegulariserOptions = {},
): tf.Scalar {
  const { minSingularValue = 1, maxSingularValue = null } = options;
  const pulledBack = vjp(constraint, x).vjp(directions);
  return rankPenalty(pulledBack, directions, minSingularValue, maxSingularValue);
}

/** The same from an already computed J^T v `[batch, n]`, so that a loss evaluates F on the data once. */
export function rankPenalty(
  pulledBack: tf.Tensor,
  directions: tf.Tensor,
  minSingularValue: number,
  maxSingularValue: number | null,
): tf.Scalar {
  const stretch = tf.div(safeNorm(pulledBack, -1), safeNorm(directions, -1));
  const below = tf.square(tf.relu(tf.sub(minSingularValue, stretch)));
  if (maxSingularValue === null) return tf.mean<tf.Scalar>(below);
  const above = tf.square(tf.relu(tf.sub(stretch, maxSingularValue)));
  return tf.mean<tf.Scalar>(tf.add(below, above));
}
