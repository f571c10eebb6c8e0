import * as tf from '@tensorflow/tfjs';
import { grad } from '@ebim/autodiff';
import { checkNonNegative, checkPositive } from './options.js';

/** Log density up to sign and constant: `[B, ...] -> [B]`. */
export type Energy = (x: tf.Tensor) => tf.Tensor;

/** The sizes of a Langevin step. */
export interface LangevinSizes {
  /** Standard deviation of the injected Gaussian noise. Default 0.005. */
  readonly noiseScale?: number;
  /**
   * Gradient step; the drift is `-(stepSize / 2) * gradient`. Default `null`: `noiseScale^2`, the step whose
   * limit density is `exp(-energy)`. Another value samples another temperature.
   */
  readonly stepSize?: number | null;
  /**
   * Element-wise bound of the energy gradient, before the factor `stepSize / 2`. Default `null`: none, so that the
   * chain samples `exp(-energy)`; the reference code clamps at 0.03.
   */
  readonly gradClamp?: number | null;
}

/** {@link LangevinSizes} with the defaults filled in. */
export interface ResolvedSizes {
  readonly noiseScale: number;
  readonly stepSize: number;
  readonly gradClamp: number | null;
}

/** Fills in the defaults and checks. */
export function resolveSizes(options: LangevinSizes, where: string): ResolvedSizes {
  const { noiseScale = 0.005, stepSize = null, gradClamp = null } = options;
  checkNonNegative(noiseScale, `${where}({ noiseScale })`);
  const step = stepSize ?? noiseScale ** 2;
  checkNonNegative(step, `${where}({ stepSize })`);
  if (gradClamp !== null) checkPositive(gradClamp, `${where}({ gradClamp })`);
  return { noiseScale, stepSize: step, gradClamp };
}

/** The gradient of the energy at `x`, clamped element by element; shape of `x`. */
export function clampedGradient(energy: Energy, x: tf.Tensor, gradClamp: number | null): tf.Tensor {
  return tf.tidy(() => {
    const gradient = grad((at: tf.Tensor) => tf.sum(energy(at)))(x);
    return gradClamp === null ? gradient : tf.clipByValue(gradient, -gradClamp, gradClamp);
  });
}

/** Bool `[B]`: no coordinate of `x` `[B, ...]` is NaN or infinite. */
export const finiteRows = (x: tf.Tensor): tf.Tensor =>
  tf.tidy(() =>
    tf.all(
      tf.isFinite(x),
      x.shape.slice(1).map((_, i) => i + 1),
    ),
  );
