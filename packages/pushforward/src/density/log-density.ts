import type { Energy } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import { logVolumeElement } from './log-volume.js';
import type { Pushforward } from './pushforward.js';

/**
 * Energy of a pushforward model in ambient space: `E(g(x)) + 1/2 log det(J^T J)` at `g(x)` (spec 1.12). Minus it,
 * less log Z, is the log density with respect to the surface measure of the decoder's image. Points off the image
 * get the energy of where the encoder sends them: this is the score for out-of-distribution data of spec 1.17.
 */
export function ambientEnergy(model: Pushforward): Energy {
  return (x) => tf.tidy(() => latentToAmbientEnergy(model)(model.encode(x)));
}

/**
 * Log density at decoded points, each known by its code: `-E(z) - log Z - 1/2 log det(J^T J)` (P2 Eq 2), with respect
 * to the surface measure of the decoder's image (where it is an immersion and crosses itself nowhere).
 *
 * @param logZ log of the integral of exp(-E) over the latent box
 * @returns `z [batch, m] -> [batch]`
 * @example
 * ```ts
 * import { pushforwardLogDensity, type Pushforward } from '@ebim/pushforward';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const model: Pushforward = {
 *   latentDimension: 1,
 *   encode: (x) => tf.slice(x, [0, 0], [-1, 1]),
 *   decode: (z) => tf.concat([z, z], 1),
 *   energy: (z) => tf.mul(0.5, tf.sum(tf.square(z), 1)),
 * };
 * const logDensity = pushforwardLogDensity(model, 0.5 * Math.log(2 * Math.PI));
 * logDensity(tf.zeros([1, 1])).print(); // log N(0 | 0, 2) = -1.27
 * ```
 */
export function pushforwardLogDensity(model: Pushforward, logZ: number): (z: tf.Tensor) => tf.Tensor {
  return (z) => tf.tidy(() => tf.sub(tf.neg(latentToAmbientEnergy(model)(z)), logZ));
}

/**
 * Log density at points of ambient space, each sent to its code by the encoder: that of the decoded code `f(g(x))`.
 * For `x = f(z)` it is the one at z only where the encoder undoes the decoder, which far from the data it does not
 * (spec D6): use {@link pushforwardLogDensity} where z is known.
 */
export function pushforwardLogDensityAt(model: Pushforward, logZ: number): (x: tf.Tensor) => tf.Tensor {
  return (x) => tf.tidy(() => pushforwardLogDensity(model, logZ)(model.encode(x)));
}

const latentToAmbientEnergy =
  ({ energy, decode }: Pushforward): Energy =>
  (z) =>
    tf.tidy(() => tf.add(energy(z), logVolumeElement(decode)(z)));
