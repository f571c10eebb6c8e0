import type * as tf from '@tensorflow/tfjs';
import { uniform, type Key } from '@ebim/runtime';

/**
 * The initialiser of PyTorch's linear and convolution layers, for weights and biases alike:
 * uniform on `(-1/sqrt(fanIn), 1/sqrt(fanIn))`.
 *
 * @param fanIn inputs of one output unit: `in` for a dense layer, `in * height * width` for a convolution,
 *   `out * height * width` for a transposed convolution
 */
export function torchUniform(key: Key, shape: readonly number[], fanIn: number): tf.Tensor {
  const bound = 1 / Math.sqrt(fanIn);
  return uniform(key, [...shape], { min: -bound, max: bound });
}
