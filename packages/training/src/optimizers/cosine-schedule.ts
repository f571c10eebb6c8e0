import * as tf from '@tensorflow/tfjs';
import { checkOption, countFromOne, countFromZero, nonNegative, positive } from '../options.js';

/** Options of {@link cosineSchedule}. */
export interface CosineScheduleOptions {
  /** Rate at the start (after the warm-up). */
  readonly initial: number;
  /** Number of updates from `initial` to `final`. */
  readonly steps: number;
  /** Rate at the end and afterwards. Default 0. */
  readonly final?: number;
  /** Updates over which the rate first rises linearly from `initial / (warmup + 1)`. Default 0. */
  readonly warmup?: number;
}

/**
 * A learning rate that falls along half a cosine (Loshchilov & Hutter 2017; PyTorch's `CosineAnnealingLR`):
 * `final + (initial - final) (1 + cos(pi t / steps)) / 2`.
 *
 * @throws ConfigError `bad-option`
 * @example
 * ```ts
 * import { adam, cosineSchedule } from '@ebim/training';
 *
 * const optimizer = adam({ learningRate: cosineSchedule({ initial: 1e-3, steps: 10_000 }) });
 * ```
 */
export function cosineSchedule(options: CosineScheduleOptions): (step: tf.Scalar) => tf.Scalar {
  const { initial, steps, final = 0, warmup = 0 } = options;
  checkOption('cosineSchedule', 'initial', initial, positive);
  checkOption('cosineSchedule', 'steps', steps, countFromOne);
  checkOption('cosineSchedule', 'final', final, nonNegative);
  checkOption('cosineSchedule', 'warmup', warmup, countFromZero);
  return (step) =>
    tf.tidy(() => {
      const progress = tf.clipByValue(tf.div(tf.sub(step, warmup), steps), 0, 1);
      const wave = tf.mul(tf.add(tf.cos(tf.mul(progress, Math.PI)), 1), (initial - final) / 2);
      // During the warm-up progress is 0, so the wave is at its top.
      const rise = tf.minimum(tf.div(tf.add(step, 1), warmup + 1), 1);
      return tf.mul<tf.Scalar>(tf.add(wave, final), rise);
    });
}
