import { residualNet, type ResidualNetOptions } from '@ebim/nn';
import { splineShape, type SplineOptions } from '../spline/rational-quadratic-spline.js';
import type { Transform } from '../transform/transform.js';
import { coupling, type CouplingParams } from './coupling.js';
import { additiveMap, affineMap, splineMap, type ElementwiseMap } from './elementwise-map.js';
import { alternatingMask, maskOf } from './mask.js';

/** Options of all coupling layers. */
export interface CouplingOptions extends Pick<
  ResidualNetOptions,
  'hidden' | 'blocks' | 'contextSize' | 'activation'
> {
  /** Number of features, at least 2. */
  readonly size: number;
  /** Position in a stack: even layers change features 0, 2, …, odd ones 1, 3, …. Default 0. */
  readonly index?: number;
  /** The features to change, instead of every other one. */
  readonly transformed?: readonly number[];
}

/** Options of {@link rationalQuadraticCoupling}. */
export interface RationalQuadraticCouplingOptions extends CouplingOptions, SplineOptions {}

/**
 * A coupling layer of rational-quadratic splines with linear tails (Durkan et al. 2019). The network's widths and
 * heights are divided by the square root of its hidden units before the softmax, as published.
 *
 * @throws ConfigError `cannot-couple`, `bad-mask`, `bad-size`, `bad-option`
 *
 * @example
 * ```ts
 * const layer = rationalQuadraticCoupling({ size: 3, index: 1, bins: 8, bound: 6, hidden: 32 });
 * const params = layer.init(key(0));
 * const { y } = layer.forward(params, tf.zeros([5, 3]));
 * ```
 */
export function rationalQuadraticCoupling(
  options: RationalQuadraticCouplingOptions,
): Transform<CouplingParams> {
  const shape = splineShape('rationalQuadraticCoupling', options);
  return layer('rationalQuadraticCoupling', options, splineMap(shape, options.hidden ?? 100));
}

/**
 * An affine coupling layer `y = s x + t` with `s = sigmoid(r + 2) + 0.001`: the network's outputs are the shifts t of
 * all features, then the raw scales r.
 *
 * @throws ConfigError `cannot-couple`, `bad-mask`, `bad-size`
 */
export function affineCoupling(options: CouplingOptions): Transform<CouplingParams> {
  return layer('affineCoupling', options, affineMap);
}

/**
 * An additive coupling layer `y = x + t`, which preserves volumes.
 *
 * @throws ConfigError `cannot-couple`, `bad-mask`, `bad-size`
 */
export function additiveCoupling(options: CouplingOptions): Transform<CouplingParams> {
  return layer('additiveCoupling', options, additiveMap);
}

function layer(name: string, options: CouplingOptions, map: ElementwiseMap): Transform<CouplingParams> {
  const { size, index = 0, transformed, hidden, blocks, contextSize, activation = 'relu' } = options;
  const mask = transformed === undefined ? alternatingMask(size, index) : maskOf(size, transformed);
  const conditioner = residualNet({
    inputSize: mask.identity.length,
    outputSize: mask.transformed.length * map.parameters,
    hidden,
    blocks,
    contextSize,
    activation,
  });
  return coupling({ name, mask, map, conditioner, activation });
}
