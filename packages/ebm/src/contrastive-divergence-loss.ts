import { treeTidy } from '@ebim/runtime';
import type { Energy } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';

/** Weights of {@link contrastiveDivergenceLoss}. */
export interface ContrastiveDivergenceLossOptions {
  /** Weight of the negative term. Default 1. */
  readonly negativeWeight?: number;
  /** Weight of the squared energies, which keeps them finite. Default 1. */
  readonly magnitudeWeight?: number;
}

/** The loss and its parts. */
export type ContrastiveDivergenceTerms = {
  readonly loss: tf.Scalar;
  readonly positive: tf.Scalar;
  readonly negative: tf.Scalar;
  readonly magnitude: tf.Scalar;
};

/**
 * Contrastive divergence with magnitude regulariser (P2 Eq 10 and the reference code; Du & Mordatch 2019):
 * `mean(E(x) - w E(x')) + magnitudeWeight * mean(E(x)^2 + (w E(x'))^2)`, x data, x' samples of the model that
 * the caller made without gradient. Both batches `[batch, ...point]`, not necessarily of one length.
 */
export function contrastiveDivergenceLoss(
  energy: Energy,
  positives: tf.Tensor,
  negatives: tf.Tensor,
  options: ContrastiveDivergenceLossOptions = {},
): ContrastiveDivergenceTerms {
  const { negativeWeight = 1, magnitudeWeight = 1 } = options;
  return treeTidy(() => {
    const onData = energy(positives);
    const onSamples = tf.mul(negativeWeight, energy(negatives));
    const positive = tf.mean<tf.Scalar>(onData);
    const negative = tf.mean<tf.Scalar>(onSamples);
    const magnitude = tf.add<tf.Scalar>(tf.mean(tf.square(onData)), tf.mean(tf.square(onSamples)));
    const loss = tf.add<tf.Scalar>(tf.sub(positive, negative), tf.mul(magnitudeWeight, magnitude));
    return { loss, positive, negative, magnitude };
  });
}
