import * as tf from '@tensorflow/tfjs';
import { defineGradient } from './gradients.js';
import { installOnce } from './installed.js';

/**
 * Gives `tf.einsum` its gradient, an einsum again: with respect to one operand, exchange this operand
 * and the result in the equation. As shipped it has none.
 */
export function repairEinsum(): void {
  installOnce('einsum', () => {
    defineGradient<{ equation: string }>('Einsum', { allInputs: true }, (dy, operands, { equation }) => {
      const [terms, result] = equation.replace(/\s/g, '').split('->');
      const labels = terms.split(',');
      return Object.fromEntries(
        operands.map((_, i) => [i, () => gradientOf(i, dy, operands, labels, result)]),
      );
    });
  });
}

function gradientOf(
  i: number,
  dy: tf.Tensor,
  operands: readonly tf.Tensor[],
  labels: readonly string[],
  result: string,
): tf.Tensor {
  const x = operands[i];
  const others = operands.map((tensor, j) => ({ tensor, label: labels[j] })).filter((_, j) => j !== i);
  // A result without labels is a scalar, which a term of an equation cannot be.
  const factors = result === '' ? others : [{ tensor: dy, label: result }, ...others];
  const known = [...labels[i]].filter((c) => factors.some(({ label }) => label.includes(c)));
  const contracted =
    factors.length === 0
      ? tf.ones([])
      : tf.einsum(
          `${factors.map(({ label }) => label).join(',')}->${known.join('')}`,
          ...factors.map(({ tensor }) => tensor),
        );
  const scaled = result === '' ? tf.mul(contracted, dy) : contracted;
  // A label of this operand alone was summed over: its gradient is the same along that axis.
  const shape = [...labels[i]].map((c, d) => (known.includes(c) ? x.shape[d] : 1));
  return tf.broadcastTo(tf.reshape(scaled, shape), x.shape);
}
