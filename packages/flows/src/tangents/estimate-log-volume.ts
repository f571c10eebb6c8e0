import * as tf from '@tensorflow/tfjs';
import { conjugateGradient, linearize, stopGradient } from '@ebim/autodiff';
import { ConfigError, treeTidy, uniform, type Key } from '@ebim/runtime';
import { checkSizes } from '../transform/checks.js';
import { firstEntryOfLog, lanczos } from './lanczos.js';

/** Options of {@link estimateLogVolume}. */
export interface EstimateLogVolumeOptions {
  /** Random vectors; the error falls with their square root. Default 8. */
  readonly probes?: number;
  /** Lanczos steps, each a product with J and one with Jᵀ. Default min(n, 20). */
  readonly steps?: number;
  /** Iterations of conjugate gradients for the gradient. Default min(n, 50). */
  readonly iterations?: number;
  /** Relative residual at which they end. Default 1e-4. */
  readonly tolerance?: number;
}

/** What {@link estimateLogVolume} returns; the caller owns all. */
export interface LogVolumeEstimate {
  /** `[batch, d]`: g(u). */
  readonly x: tf.Tensor;
  /** `[batch]`: estimate of ½ log det JᵀJ. */
  readonly logVolume: tf.Tensor1D;
  /** `[batch]`: its standard error over the probes; NaN for one probe. */
  readonly standardError: tf.Tensor1D;
}

/**
 * `½ log det JᵀJ` of a chart g at u, for many coordinates: without forming J, from products with J and Jᵀ alone.
 *
 * The value is Hutchinson's estimate of tr log JᵀJ: n times the mean of (log T)_11 over random signs, T the
 * tridiagonal matrix of Lanczos' method started there (exact for each probe with n steps). Its gradient is that of
 * `½ stop((JᵀJ)⁻¹ e)ᵀ JᵀJ e`, the solve by conjugate gradients, which is unbiased (spec 8.4). Only first derivatives
 * are meaningful.
 *
 * @param chart `u [batch, n] -> x [batch, d]`, row by row
 * @param u `[batch, n]`
 * @throws ConfigError `bad-size`, `bad-option`
 *
 * @example
 * ```ts
 * const flow = vectorFlow({ size: 5, layers: 1, hidden: 8 });
 * const params = flow.init(key(0));
 * const chart = (u: tf.Tensor) => chartPoint(flow, params, u);
 * const { logVolume, standardError } = estimateLogVolume(key(1), chart, tf.zeros([2, 3]), { probes: 16 });
 * ```
 */
export function estimateLogVolume(
  key: Key,
  chart: (u: tf.Tensor) => tf.Tensor,
  u: tf.Tensor,
  options: EstimateLogVolumeOptions = {},
): LogVolumeEstimate {
  const [batch, n] = u.shape as [number, number];
  const { probes = 8, steps = Math.min(n, 20), iterations = Math.min(n, 50), tolerance = 1e-4 } = options;
  checkSizes('estimateLogVolume', { probes, steps, iterations });
  if (!(tolerance > 0))
    throw new ConfigError({
      code: 'bad-option',
      where: 'estimateLogVolume({ tolerance })',
      expected: 'a positive number',
      received: String(tolerance),
    });
  return treeTidy(() => {
    // All probes at once: the points are repeated, probe by probe.
    const many = tf.tile(u, [probes, 1]);
    const { value, jvp, vjp } = linearize(chart, many);
    const gram = (v: tf.Tensor): tf.Tensor => vjp(jvp(v));
    const signs = tf.sub(
      tf.mul(2, tf.cast(tf.greater(uniform(key, [probes * batch, n]), 0.5), 'float32')),
      1,
    );
    const start = tf.mul(signs, 1 / Math.sqrt(n));
    const traces = tf.mul(n / 2, firstEntryOfLog(lanczos(gram, start, Math.min(steps, n))));
    const byProbe = tf.reshape(traces, [probes, batch]);
    const mean = tf.mean(byProbe, 0);
    const spread = tf.sum(tf.square(tf.sub(byProbe, mean)), 0);
    const standardError = tf.sqrt(tf.div(spread, probes * (probes - 1)));
    const { x: solved } = conjugateGradient((v) => stopGradient(gram(v)), signs, {
      maxIterations: iterations,
      tolerance,
    });
    const surrogates = tf.mul(0.5, tf.sum(tf.mul(stopGradient(solved), gram(signs)), 1));
    const surrogate = tf.mean(tf.reshape(surrogates, [probes, batch]), 0);
    return {
      x: tf.slice(value, [0, 0], [batch, value.shape[1] as number]),
      logVolume: tf.add<tf.Tensor1D>(stopGradient(mean), tf.sub(surrogate, stopGradient(surrogate))),
      standardError: stopGradient(standardError) as tf.Tensor1D,
    };
  });
}
