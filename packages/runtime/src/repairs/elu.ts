import * as tf from '@tensorflow/tfjs';
import { defineGradient, runKernel, zerosOf } from './gradients.js';
import { installOnce } from './installed.js';

/**
 * Gives EluGrad its gradient: as shipped there is none, and the second derivative of `tf.elu` throws.
 * EluGrad(dy, y) is dy where y >= 0, else dy (y + 1).
 */
export function repairElu(): void {
  installOnce('elu', () => {
    defineGradient('EluGrad', { inputs: ['dy', 'y'] }, (upstream, [dy, y]) => ({
      dy: () => runKernel('EluGrad', { dy: upstream, y }),
      y: () => tf.where(tf.greaterEqual(y, 0), zerosOf(y), tf.mul(upstream, dy)),
    }));
  });
}
