import type { MlpParams } from '@ebim/nn';
import { treeDispose } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import type { EbimConfig } from '../config/schema.js';
import { bindParameters, modelsOf, type LearnedDensity } from '../pipeline/models.js';

/** Scale of the inputs: silu(z) + silu(-z) = z tanh(z / 2) is z^2 / 2 up to z^4 / 24. */
const SCALE = 0.05;

/**
 * A network with 2 n hidden units: its first output is `level + curvature |x|^2 / 2` to a fraction of a thousandth, the
 * others are the last coordinates.
 */
function quadraticNetwork(n: number, outputs: number, curvature: number, level: number): MlpParams {
  const units = Array.from({ length: 2 * n }, (_, unit) => ({
    d: Math.floor(unit / 2),
    sign: unit % 2 === 0 ? 1 : -1,
  }));
  const inward = Array.from({ length: n }, (_, row) =>
    units.map(({ d, sign }) => (d === row ? sign * SCALE : 0)),
  );
  const outward = units.map(({ d, sign }) =>
    Array.from({ length: outputs }, (_, output) => {
      if (output === 0) return curvature / SCALE ** 2;
      // silu(z) - silu(-z) = z
      return d === n - output ? sign / SCALE : 0;
    }),
  );
  return {
    layers: [
      { kernel: tf.tensor2d(inward), bias: tf.zeros([2 * n]) },
      {
        kernel: tf.tensor2d(outward),
        bias: tf.tensor1d(Array.from({ length: outputs }, (_, i) => (i === 0 ? level : 0))),
      },
    ],
  };
}

/** Settings of the networks of {@link knownModel}. */
export const withKnownNetworks = (config: EbimConfig): EbimConfig => ({
  ...config,
  manifold: { ...config.manifold, hidden: [2 * config.bounds.lower.length] },
  density: { ...config.density, hidden: [], frequencies: [] },
});

/** A model whose every number is known. */
export interface KnownModel extends LearnedDensity {
  dispose(): void;
}

/**
 * F = (|x|^2 - 1) / 2 + shift, the unit circle or sphere for shift 0 (or its equator, with the last coordinates as
 * further constraints), zero for `flat`, and E = -concentration x_1.
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
  const manifold = quadraticNetwork(n, n - config.manifoldDimension, flat ? 0 : 1, flat ? 0 : shift - 0.5);
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
