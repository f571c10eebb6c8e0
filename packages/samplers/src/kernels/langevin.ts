import * as tf from '@tensorflow/tfjs';
import { normal, treeTidy } from '@ebim/runtime';
import { checkBounds, clampToBounds, type Bounds } from '../bounds.js';
import { clampedGradient, finiteRows, resolveSizes, type Energy, type LangevinSizes } from '../drift.js';
import type { ChainInfo, ChainState, Kernel } from '../kernel.js';
import { checkPosition } from '../position.js';

/** Options of {@link langevin}. */
export interface LangevinOptions extends LangevinSizes {
  /** Box that the ends of chains are clamped to. Default: none. */
  readonly bounds?: Bounds;
  /** Clamps after every step instead of after the whole chain. Default false. */
  readonly clampEachStep?: boolean;
}

/**
 * Unadjusted Langevin dynamics:
 * `q <- q + noiseScale * p - (stepSize / 2) * clamp(gradient of energy at q)`, `p ~ N(0, I)`.
 *
 * With the default `stepSize = noiseScale^2` and no clamp the chain tends to `exp(-energy)` as the step shrinks; with
 * another step size to `exp(-stepSize / noiseScale^2 * energy)`.
 *
 * @param energy `[B, ...] -> [B]`
 * @throws ConfigError `bad-option`, `bad-bounds`
 *
 * @example
 * ```ts
 * const energy = (x: tf.Tensor) => tf.sum(tf.square(x), 1);
 * const kernel = langevin(energy, { noiseScale: 0.1, gradClamp: null });
 * const [state, info] = runSteps(kernel, key(0), kernel.init(tf.zeros([100, 2])), 50);
 * ```
 */
export function langevin(energy: Energy, options: LangevinOptions = {}): Kernel<ChainState, ChainInfo> {
  const { noiseScale, stepSize, gradClamp } = resolveSizes(options, 'langevin');
  const { bounds, clampEachStep = false } = options;
  if (bounds) checkBounds(bounds, 'langevin({ bounds })');
  const kernel: Kernel<ChainState, ChainInfo> = {
    init: (position) => {
      checkPosition(position, 'langevin.init(position)');
      return { position: position.clone() };
    },
    step: (key, { position: q }) =>
      treeTidy(() => {
        const noise = tf.mul(normal(key, q.shape), noiseScale);
        const drift = tf.mul(clampedGradient(energy, q, gradClamp), stepSize / 2);
        const moved = tf.sub(tf.add(q, noise), drift);
        const position = bounds && clampEachStep ? clampToBounds(moved, bounds) : moved;
        return [{ position }, { finite: finiteRows(position) }];
      }),
  };
  return bounds
    ? { ...kernel, finish: (state) => ({ position: clampToBounds(state.position, bounds) }) }
    : kernel;
}
