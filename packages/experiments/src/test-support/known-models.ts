import type { MlpParams } from '@ebim/nn';
import { treeDispose } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import type { EbimConfig } from '../config/schema.js';
import { bindParameters, modelsOf, type LearnedDensity } from '../pipeline/models.js';

/** Scale of the inputs: silu(z) + silu(-z) = z tanh(z / 2) is z^2 / 2 up to z^4 / 24. */
const SCALE = 0.05;

/** `value(x) = level + sum_d curvature_d x_d^2 / 2` as a network with 2 n hidden units, to a fraction of a thousandth. */
function quadraticNetwork(curvature: readonly number[], level: number): MlpParams {
  const n = curvature.length;
  const inward = Array.from({ length: n }, (_, d) =>
    Array.from({ length: 2 * n }, (_, unit) =>
      Math.floor(unit / 2) === d ? (unit % 2 === 0 ? SCALE : -SCALE) : 0,
    ),
  );
  const outward = Array.from({ length: 2 * n }, (_, unit) => [curvature[Math.floor(unit / 2)] / SCALE ** 2]);
  return {
    layers: [
      { kernel: tf.tensor2d(inward), bias: tf.zeros([2 * n]) },
      { kernel: tf.tensor2d(outward), bias: tf.tensor1d([level]) },
    ],
  };
}

/** Settings of the networks of {@link knownModel}. */
export const withKnownNetworks = (config: EbimConfig): EbimConfig => ({
  ...config,
  manifold: { ...config.manifold, hidden: [2 * config.bounds.lower.length] },
  density: { ...config.density, hidden: [] },
});

/** A model whose every number is known. */
export interface KnownModel extends LearnedDensity {
  dispose(): void;
}

/**
 * F = (|x|^2 - 1) / 2 + shift, the unit circle or sphere for shift 0, and E = -concentration x_1.
 *
 * @param config see {@link withKnownNetworks}
 */
export function knownModel(
  config: EbimConfig,
  {
    concentration = 2,
    shift = 0,
    flat = false,
  }: { concentration?: number; shift?: number; flat?: boolean } = {},
): KnownModel {
  const n = config.bounds.lower.length;
  const manifold = quadraticNetwork(
    Array.from({ length: n }, () => (flat ? 0 : 1)),
    flat ? 0 : shift - 0.5,
  );
  const energy: MlpParams = {
    layers: [
      {
        kernel: tf.tensor2d(Array.from({ length: n }, (_, d) => [d === 0 ? -concentration : 0])),
        bias: tf.zeros([1]),
      },
    ],
  };
  return {
    ...bindParameters(modelsOf(config), manifold, energy),
    dispose: () => {
      treeDispose([manifold, energy]);
    },
  };
}
