import * as tf from '@tensorflow/tfjs';
import { ConfigError } from '@ebim/runtime';

/** Smooth activations: the losses differentiate a network up to three times. */
export type Activation = 'silu' | 'tanh' | 'softplus';

/** `x sigmoid(x)`, also called swish. */
const silu = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.sigmoid(x));

const activations: Readonly<Record<Activation, (x: tf.Tensor) => tf.Tensor>> = {
  silu,
  tanh: (x) => tf.tanh(x),
  softplus: (x) => tf.softplus(x),
};

/**
 * The function of an activation's name.
 *
 * @throws ConfigError `unknown-activation`
 */
export function activationFunction(name: Activation): (x: tf.Tensor) => tf.Tensor {
  if (!Object.hasOwn(activations, name))
    throw new ConfigError({
      code: 'unknown-activation',
      where: 'activation',
      expected: `one of ${Object.keys(activations).join(', ')}`,
      received: String(name),
    });
  return activations[name];
}
