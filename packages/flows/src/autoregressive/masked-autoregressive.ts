import * as tf from '@tensorflow/tfjs';
import type { Activation } from '@ebim/nn';
import { ConfigError } from '@ebim/runtime';
import { affineMap, splineMap } from '../coupling/elementwise-map.js';
import { splineShape, type SplineOptions } from '../spline/rational-quadratic-spline.js';
import { checkSizes } from '../transform/checks.js';
import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';
import { maskedNetwork, type MaskedNetworkParams } from './masked-network.js';

/** Parameters of {@link maskedAutoregressive}. */
export type MaskedAutoregressiveParams = { readonly network: MaskedNetworkParams };

/** Options of {@link maskedAutoregressive}. */
export interface MaskedAutoregressiveOptions extends SplineOptions {
  /** Number of features d. */
  readonly size: number;
  /** What happens to every feature. Default `'affine'`. */
  readonly map?: 'affine' | 'rationalQuadratic';
  /** Units of each hidden layer; at least one layer. Default `[100, 100]`. */
  readonly hidden?: readonly number[];
  /** Size of the context. Default 0: none. */
  readonly contextSize?: number;
  /** Default `'relu'`. */
  readonly activation?: Activation | 'relu';
}

/**
 * A masked autoregressive transform (Papamakarios et al. 2017): feature i is mapped with parameters computed from the
 * features of x before it. `forward` takes one pass of the network, `inverse` d.
 *
 * @throws ConfigError `bad-size`, `bad-option`
 */
export function maskedAutoregressive(
  options: MaskedAutoregressiveOptions,
): Transform<MaskedAutoregressiveParams> {
  const { size, map = 'affine', hidden = [100, 100], contextSize = 0, activation = 'relu' } = options;
  checkSizes('maskedAutoregressive', { size, layers: hidden.length });
  hidden.forEach((units) => checkSizes('maskedAutoregressive', { hidden: units }));
  checkSizes('maskedAutoregressive', { contextSize }, 0);
  if (map !== 'affine' && map !== 'rationalQuadratic')
    throw new ConfigError({
      code: 'bad-option',
      where: 'maskedAutoregressive({ map })',
      expected: 'affine or rationalQuadratic',
      received: String(map),
    });
  const each =
    map === 'affine'
      ? affineMap
      : splineMap(splineShape('maskedAutoregressive', options), hidden[hidden.length - 1]);
  const { parameters, order } = each;
  const network = maskedNetwork({ size, parameters, order, hidden, contextSize, activation });
  return defineTransform<MaskedAutoregressiveParams>({
    name: 'maskedAutoregressive',
    inputShape: [size],
    contextSize,
    init: (key) => ({ network: network.init(key) }),
    forward: (params, x, context) => {
      const { value, logDerivative } = each.forward(x, network.apply(params.network, x, context));
      return { y: value, logDetJacobian: tf.sum(logDerivative, 1) };
    },
    inverse: (params, y, context) => {
      // Every pass puts one more feature right; the last one gives all of them with their derivatives.
      let x = y;
      let logDerivative: tf.Tensor = tf.zerosLike(y);
      for (let feature = 0; feature < size; feature++) {
        const result = each.inverse(y, network.apply(params.network, x, context));
        x = result.value;
        logDerivative = result.logDerivative;
      }
      return { x, logDetJacobian: tf.sum(logDerivative, 1) };
    },
  });
}
