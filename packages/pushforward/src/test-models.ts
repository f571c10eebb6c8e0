import { mlp, type MlpParams } from '@ebim/nn';
import * as tf from '@tensorflow/tfjs';
import { autoencoder, variationalAutoencoder } from './autoencoder/autoencoder.js';
import type { Pushforward } from './density/pushforward.js';

/** Networks small enough to differentiate numerically. */
export const tinyAutoencoder = (n = 3, m = 2, hidden = [4]) =>
  autoencoder<MlpParams, MlpParams>(
    mlp({ inputSize: n, outputSize: m, hidden }),
    mlp({ inputSize: m, outputSize: n, hidden }),
  );

/** The same with uncertain codes. */
export const tinyVariational = (n = 3, m = 2, hidden = [4]) =>
  variationalAutoencoder<MlpParams, MlpParams>(
    mlp({ inputSize: n, outputSize: 2 * m, hidden }),
    mlp({ inputSize: m, outputSize: n, hidden }),
  );

/** A standard normal on a plane in space: the decoder is x = A z + b, the encoder its left inverse. */
export function linearModel(): Pushforward {
  const A = [
    [1, 2],
    [0, 1],
    [2, -1],
  ];
  // (A^T A)^-1 A^T, A^T A = [[5, 0], [0, 6]]
  const inverse = [
    [1 / 5, 0, 2 / 5],
    [2 / 6, 1 / 6, -1 / 6],
  ];
  const shift = [1, -1, 0.5];
  return {
    latentDimension: 2,
    encode: (x) => tf.tidy(() => tf.matMul(tf.sub(x, tf.tensor1d(shift)), tf.tensor2d(inverse), false, true)),
    decode: (z) => tf.tidy(() => tf.add(tf.matMul(z, tf.tensor2d(A), false, true), tf.tensor1d(shift))),
    energy: (z) => tf.mul(0.5, tf.sum(tf.square(z), 1)),
  };
}
