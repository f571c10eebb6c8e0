import * as tf from '@tensorflow/tfjs';
import { ConfigError } from '@ebim/runtime';
import { checkPositive, checkSizes } from '../transform/checks.js';
import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';

/** Options of {@link logTanh}. */
export interface LogTanhOptions {
  /** Number of features. */
  readonly size: number;
  /** Where the tanh ends and the logarithm begins. Default 1. */
  readonly cut?: number;
  /**
   * The factor of the logarithm: `published` as in the reference, continuous but with a kink in its derivative at the
   * cut; `smooth` with a continuous derivative. Default `published`.
   */
  readonly kind?: 'published' | 'smooth';
}

/**
 * `y = tanh x` up to the cut c, `y = sign(x) α log(β |x|)` beyond, feature by feature: a squashing that stays invertible far
 * out (spec 2.6), with `β = exp(tanh(c) / α) / c`. The published `α = c (1 - tanh(tanh c))` lets the derivative jump at
 * the cut (0.42 to 0.36 for c = 1), the smooth one is `α = c (1 - tanh² c)`.
 *
 * @throws ConfigError `bad-size`, `bad-option`
 *
 * @example
 * ```ts
 * const { y } = logTanh({ size: 1 }).forward({}, tf.tensor2d([[2], [-3]])); // 1.0097, -1.1549
 * ```
 */
export function logTanh({
  size,
  cut = 1,
  kind = 'published',
}: LogTanhOptions): Transform<Readonly<Record<string, never>>> {
  checkSizes('logTanh', { size });
  checkPositive('logTanh', { cut });
  const { alpha, logBeta } = constants(cut, kind);
  const edge = Math.tanh(cut);
  return defineTransform<Readonly<Record<string, never>>>({
    name: 'logTanh',
    inputShape: [size],
    init: () => ({}),
    forward: (_, x) => {
      const { inside, near, far } = parts(x, cut);
      const squashed = tf.tanh(near);
      const tail = tf.mul(tf.sign(x), tf.mul(alpha, tf.add(tf.log(far), logBeta)));
      const logSlope = tf.where(
        inside,
        tf.log(tf.sub(1, tf.square(squashed))),
        tf.sub(Math.log(alpha), tf.log(far)),
      );
      return { y: tf.where(inside, squashed, tail), logDetJacobian: tf.sum(logSlope, 1) };
    },
    inverse: (_, y) => {
      const { inside, near, far } = parts(y, edge);
      const logFar = tf.sub(tf.div(far, alpha), logBeta);
      const logSlope = tf.where(
        inside,
        tf.neg(tf.log(tf.sub(1, tf.square(near)))),
        tf.sub(logFar, Math.log(alpha)),
      );
      const x = tf.where(inside, tf.atanh(near), tf.mul(tf.sign(y), tf.exp(logFar)));
      return { x, logDetJacobian: tf.sum(logSlope, 1) };
    },
  });
}

function constants(cut: number, kind: string): { alpha: number; logBeta: number } {
  const edge = Math.tanh(cut);
  if (kind !== 'published' && kind !== 'smooth')
    throw new ConfigError({
      code: 'bad-option',
      where: 'logTanh({ kind })',
      expected: 'published or smooth',
      received: String(kind),
    });
  const alpha = kind === 'published' ? cut * (1 - Math.tanh(edge)) : cut * (1 - edge * edge);
  return { alpha, logBeta: edge / alpha - Math.log(cut) };
}

/**
 * Arguments for both branches: each sees only values at which it and its derivatives are finite, as a `where` afterwards
 * alone leaves NaN gradients.
 */
function parts(x: tf.Tensor, bound: number): { inside: tf.Tensor; near: tf.Tensor; far: tf.Tensor } {
  return {
    inside: tf.lessEqual(tf.abs(x), bound),
    near: tf.clipByValue(x, -bound, bound),
    far: tf.maximum(tf.abs(x), bound),
  };
}
