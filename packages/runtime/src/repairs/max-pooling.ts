import * as tf from '@tensorflow/tfjs';
import { defineGradient, zerosOf } from './gradients.js';
import { installOnce } from './installed.js';

interface PoolAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
}

/**
 * Gives the backward pass of `tf.maxPool` a gradient of its own, without which second derivatives, and
 * forward-mode derivatives, of a network that pools throw.
 */
export function repairMaxPooling(): void {
  installOnce('max-pooling', () => {
    // The backward pass puts dy where the maxima were; its transpose picks the same places.
    defineGradient<PoolAttrs>(
      'MaxPoolGrad',
      { inputs: ['dy', 'input', 'output'] },
      (upstream, [dy, input, output], { filterSize, strides, pad }) => ({
        dy: () => {
          const x = input as tf.Tensor4D;
          const { indexes } = tf.maxPoolWithArgmax(x, filterSize, strides, pad, true) as {
            indexes: tf.Tensor4D;
          };
          const places = tf.reshape(indexes, [-1]);
          return tf.reshape(tf.gather(tf.reshape(upstream, [-1]), places), dy.shape);
        },
        input: () => zerosOf(input),
        output: () => zerosOf(output),
      }),
    );
    defineGradient('MaxPoolWithArgmax', { inputs: ['x'] }, (_dy, [x]) => ({
      x: () => zerosOf(x),
    }));
  });
}
