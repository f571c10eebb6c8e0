import * as tf from '@tensorflow/tfjs';
import { defineGradient } from './gradients.js';
import { installOnce } from './installed.js';

/**
 * Gives the absolute value the derivative 0 at 0, as in PyTorch and JAX: as shipped it is -1 there, so that a sum of
 * absolute values pushes what is exactly zero away from it.
 */
export function repairAbsoluteValue(): void {
  installOnce('absolute-value', () => {
    defineGradient('Abs', { inputs: ['x'] }, (dy, [x]) => ({ x: () => tf.mul(dy, tf.sign(x)) }));
  });
}
