import * as tf from '@tensorflow/tfjs';
import { ConfigError } from '@ebim/runtime';
import { adam, adamW, cosineSchedule, type LearningRate, type Optimizer } from '@ebim/training';
import { checkPositive } from '../transform/checks.js';
import { amsGrad } from './ams-grad.js';
import type { Optimization } from './stage.js';

const METHODS = { adamW, adam, amsGrad } as const;

/** The optimiser of a phase with `epochs` epochs of `steps` steps each. */
export function optimizerOf(
  optimization: Optimization,
  { epochs, steps }: { readonly epochs: number; readonly steps: number },
): Optimizer {
  const { method = 'adamW', weightDecay = 0, clipNorm } = optimization;
  if (clipNorm !== undefined) checkPositive('phase', { clipNorm });
  if (!Object.hasOwn(METHODS, method)) throw unknown('method', Object.keys(METHODS), method);
  return METHODS[method]({ learningRate: rateOf(optimization, epochs, steps), weightDecay });
}

function rateOf(optimization: Optimization, epochs: number, steps: number): LearningRate {
  const { learningRate = 1e-3, schedule = 'cosine', finalLearningRate = learningRate / 10 } = optimization;
  checkPositive('phase', { learningRate, finalLearningRate });
  // Rates change from epoch to epoch, not from step to step, as published.
  const epochAt = (step: tf.Scalar): tf.Scalar => tf.floor(tf.div<tf.Scalar>(step, steps));
  if (schedule === 'constant') return learningRate;
  if (schedule === 'cosine') {
    const wave = cosineSchedule({ initial: learningRate, steps: Math.max(1, epochs) });
    return (step) => tf.tidy(() => wave(epochAt(step)));
  }
  if (schedule === 'exponential') {
    const fall = Math.log(finalLearningRate / learningRate) / Math.max(1, epochs - 1);
    return (step) => tf.tidy(() => tf.mul<tf.Scalar>(learningRate, tf.exp(tf.mul(fall, epochAt(step)))));
  }
  throw unknown('schedule', ['cosine', 'exponential', 'constant'], schedule);
}

const unknown = (option: string, known: readonly string[], received: unknown): ConfigError =>
  new ConfigError({
    code: 'bad-option',
    where: `phase({ ${option} })`,
    expected: `one of ${known.join(', ')}`,
    received: String(received),
  });
