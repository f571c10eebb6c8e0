import * as tf from '@tensorflow/tfjs';
import { checkOption, positive } from '../options.js';
import type { LearningRate } from './optimizer.js';

/** Refuses a constant rate that is not positive; a schedule is trusted. */
export function checkLearningRate(where: string, rate: LearningRate): void {
  if (typeof rate !== 'function') checkOption(where, 'learningRate', rate, positive);
}

/** The rate at `step` updates done. */
export const learningRateAt = (rate: LearningRate, step: tf.Scalar): tf.Scalar =>
  typeof rate === 'function' ? rate(step) : tf.scalar(rate);
