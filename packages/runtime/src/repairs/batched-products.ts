import * as tf from '@tensorflow/tfjs';
import { defineGradient, sumToShape } from './gradients.js';
import { installOnce } from './installed.js';

interface ProductAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/**
 * Makes the gradient of `tf.matMul` right where a batch axis is broadcast, e.g. a batch of matrices
 * times one matrix (`[batch, m, k]` by `[k, n]`). As shipped it throws: the gradient of the operand
 * that was repeated is not summed over the repetitions.
 */
export function repairBatchedProducts(): void {
  installOnce('batched-products', () => {
    defineGradient<ProductAttrs>(
      'BatchMatMul',
      { inputs: ['a', 'b'] },
      (dy, [a, b], { transposeA, transposeB }) => {
        if (!transposeA && matrixCount(b) === 1 && matrixCount(a) > 1) {
          return ofOneMatrix(dy, a, b, transposeB);
        }
        // With A = op(a), B = op(b): dA = dy B', dB = A' dy, and the transpose of it where op transposes.
        const da = (): tf.Tensor =>
          transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB);
        const db = (): tf.Tensor =>
          transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false);
        return { a: () => sumToShape(da(), a.shape), b: () => sumToShape(db(), b.shape) };
      },
    );
  });
}

/** A batch times one matrix is one tall matrix times this matrix: one product instead of a batch and a sum. */
function ofOneMatrix(
  dy: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  transposeB: boolean,
): Record<string, () => tf.Tensor> {
  const tall = (t: tf.Tensor): tf.Tensor2D => tf.reshape(t, [-1, t.shape[t.rank - 1]]);
  return {
    a: () => {
      const matrix = tf.reshape(b, b.shape.slice(-2));
      return tf.reshape(tf.matMul(tall(dy), matrix, false, !transposeB), a.shape);
    },
    b: () => {
      const product = transposeB
        ? tf.matMul(tall(dy), tall(a), true, false)
        : tf.matMul(tall(a), tall(dy), true, false);
      return tf.reshape(product, b.shape);
    },
  };
}

function matrixCount(t: tf.Tensor): number {
  return t.shape.slice(0, -2).reduce((product, size) => product * size, 1);
}
