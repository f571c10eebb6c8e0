import * as tf from '@tensorflow/tfjs';
import { stockGradient, sumToShape } from './gradients.js';
import { installOnce } from './installed.js';

/**
 * Makes the gradients of `tf.squaredDifference`, `tf.maximum` and `tf.minimum` work where an operand is
 * broadcast. As shipped they throw: the gradient is not summed over the repetitions.
 */
export function repairBroadcastOperands(): void {
  installOnce('broadcast-operands', () => {
    for (const kernelName of ['SquaredDifference', 'Maximum', 'Minimum']) {
      const stock = stockGradient(kernelName);
      if (stock === undefined) continue;
      tf.registerGradient({
        ...stock,
        gradFunc: (dy, saved, attrs) => {
          const { a, b } = stock.gradFunc(dy, saved, attrs);
          return {
            a: () => sumToShape(a(), saved[0].shape),
            b: () => sumToShape(b(), saved[1].shape),
          };
        },
      });
    }
  });
}
