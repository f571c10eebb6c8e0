import { normal, treeTidy, type Key, type TensorTree } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import type { Autoencoder, AutoencoderParams } from './autoencoder.js';
import { exactDivergence, referenceDivergence, type DivergenceForm } from './divergence.js';

/** Weight and form of the divergence in {@link autoencoderLoss}. */
export interface AutoencoderLossOptions {
  /**
   * Weight of the divergence of a variational autoencoder. Default 0.01. The reconstruction is a mean over the n
   * coordinates, so 2/n with the exact form is the evidence bound for a decoder of unit variance.
   */
  readonly divergenceWeight?: number;
  /** Default `'exact'`. */
  readonly divergence?: DivergenceForm;
}

/** The loss and its parts; `divergence` only of a variational autoencoder. */
export type AutoencoderTerms = {
  readonly loss: tf.Scalar;
  readonly reconstruction: tf.Scalar;
  readonly divergence?: tf.Scalar;
};

/**
 * Mean squared reconstruction error over batch and coordinates (spec 1.12), of a code drawn from the posterior and
 * with the weighted divergence if the autoencoder is variational.
 *
 * @param key draws the codes; not used by a deterministic autoencoder
 * @param x `[batch, ...point]`
 */
export function autoencoderLoss<E extends TensorTree, D extends TensorTree>(
  model: Autoencoder<E, D>,
  params: AutoencoderParams<E, D>,
  key: Key,
  x: tf.Tensor,
  options: AutoencoderLossOptions = {},
): AutoencoderTerms {
  const { divergenceWeight = 0.01, divergence: form = 'exact' } = options;
  return treeTidy(() => {
    const { mean, logScale } = model.posterior(params, x);
    const code = logScale === null ? mean : tf.add(mean, tf.mul(tf.exp(logScale), normal(key, mean.shape)));
    const reconstruction = tf.mean<tf.Scalar>(tf.square(tf.sub(model.decode(params, code), x)));
    if (logScale === null) return { loss: reconstruction.clone(), reconstruction };
    const divergence = tf.mean<tf.Scalar>(
      form === 'exact' ? exactDivergence(mean, logScale) : referenceDivergence(code, logScale),
    );
    const loss = tf.add<tf.Scalar>(reconstruction, tf.mul(divergenceWeight, divergence));
    return { loss, reconstruction, divergence };
  });
}
