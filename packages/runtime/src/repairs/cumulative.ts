import * as tf from '@tensorflow/tfjs';
import { defineGradient } from './gradients.js';
import { installOnce } from './installed.js';

interface CumulativeAttrs {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/**
 * Mends the gradient of `tf.cumsum`, which as shipped throws, or for square inputs is silently wrong,
 * along any axis but the last (it transposes its result), and adds that of `tf.cumprod`, on which the
 * second derivative of `tf.prod` depends.
 */
export function repairCumulative(): void {
  installOnce('cumulative', () => {
    defineGradient<CumulativeAttrs>('Cumsum', {}, (dy, _saved, { axis, exclusive, reverse }) => ({
      x: () => tf.cumsum(dy, axis, exclusive, !reverse),
    }));
    defineGradient<CumulativeAttrs>('Cumprod', { inputs: ['x'] }, (dy, [x], attrs) => ({
      x: () => cumprodGradient(dy, x, attrs),
    }));
  });
}

/**
 * Back through the recursion p_i = p_(i-1) x_i, slice by slice. The closed form divides by x, which
 * fails at zeros.
 */
function cumprodGradient(
  dy: tf.Tensor,
  x: tf.Tensor,
  { axis, exclusive, reverse }: CumulativeAttrs,
): tf.Tensor {
  const [along] = tf.util.parseAxisParam(axis, x.shape);
  const count = x.shape[along];
  const at = (t: tf.Tensor, i: number): tf.Tensor => {
    const begin = t.shape.map((_, d) => (d === along ? i : 0));
    const size = t.shape.map((n, d) => (d === along ? 1 : n));
    return tf.slice(t, begin, size);
  };
  const before = tf.cumprod(x, along, true, reverse);
  const order = Array.from({ length: count }, (_, i) => (reverse ? i : count - 1 - i));
  const parts = new Array<tf.Tensor>(count);
  // The gradient with respect to the product up to and including the current element.
  let running: tf.Tensor | null = null;
  let next = -1;
  for (const i of order) {
    const later: tf.Tensor | null = running === null ? null : tf.mul(running, at(x, next));
    const direct: tf.Tensor | null = exclusive ? (next < 0 ? null : at(dy, next)) : at(dy, i);
    running = later === null ? direct : direct === null ? later : tf.add(later, direct);
    parts[i] = running === null ? tf.zerosLike(at(x, i)) : tf.mul(running, at(before, i));
    next = i;
  }
  return tf.concat(parts, along);
}
