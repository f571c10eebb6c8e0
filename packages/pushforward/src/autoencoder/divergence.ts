import * as tf from '@tensorflow/tfjs';

/**
 * Which form of the term that pulls codes towards the standard normal (spec D14). `exact`: the Kullback-Leibler
 * divergence. `reference`: what the authors' code computes on the sampled code.
 */
export type DivergenceForm = 'exact' | 'reference';

/**
 * Kullback-Leibler divergence of `N(mean, diag exp(2 logScale))` from the standard normal, in nats:
 * `1/2 sum_j (mean_j^2 + s_j^2 - 1 - 2 log s_j)`.
 *
 * @param mean `[batch, m]`
 * @param logScale `[batch, m]`
 * @returns `[batch]`
 */
export function exactDivergence(mean: tf.Tensor, logScale: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const squares = tf.add(tf.square(mean), tf.exp(tf.mul(2, logScale)));
    return tf.mul(0.5, tf.sum(tf.sub(tf.sub(squares, 1), tf.mul(2, logScale)), 1));
  });
}

/**
 * The term of the reference code on the sampled code z: `mean_j (z_j^2 - log s_j)`. Without the factor 1/2 and with
 * half of the logarithm it is least at `s^2 = 1/2`, not at 1, and it is a mean, not a sum, over the latent axis.
 *
 * @param code `[batch, m]`, sampled
 * @param logScale `[batch, m]`
 * @returns `[batch]`
 */
export function referenceDivergence(code: tf.Tensor, logScale: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.mean(tf.sub(tf.square(code), logScale), 1));
}
