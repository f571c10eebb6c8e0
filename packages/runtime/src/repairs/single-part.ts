import * as tf from '@tensorflow/tfjs';
import { installOnce } from './installed.js';

/**
 * Makes the gradients of `tf.unstack` and `tf.split` work for exactly one part (and with it that of
 * `tf.linalg.bandPart` of a single matrix). As shipped they throw: the engine hands over a single
 * gradient without the list that they expect.
 */
export function repairSinglePart(): void {
  installOnce('single-part', () => {
    tf.registerGradient({
      kernelName: 'Unpack',
      gradFunc: (dy, _saved, attrs) => ({
        value: () => tf.stack(listOf(dy), attrs.axis as number),
      }),
    });
    tf.registerGradient({
      kernelName: 'SplitV',
      gradFunc: (dy, _saved, attrs) => ({ x: () => tf.concat(listOf(dy), attrs.axis as number) }),
    });
  });
}

function listOf(dy: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  return Array.isArray(dy) ? dy : [dy];
}
