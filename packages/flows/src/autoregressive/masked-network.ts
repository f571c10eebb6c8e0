import * as tf from '@tensorflow/tfjs';
import { activationFunction, torchUniform, type Activation, type DenseParams } from '@ebim/nn';
import { split, type Key } from '@ebim/runtime';

/** Parameters of a masked network; `context` only where there is one. */
export type MaskedNetworkParams =
  | { readonly layers: readonly DenseParams[] }
  | { readonly layers: readonly DenseParams[]; readonly context: DenseParams };

/** Sizes of a masked network. */
export interface MaskedNetworkOptions {
  readonly size: number;
  readonly parameters: number;
  readonly order: 'byFeature' | 'byParameter';
  readonly hidden: readonly number[];
  readonly contextSize: number;
  readonly activation: Activation | 'relu';
}

/**
 * The network of Germain et al. (2015): outputs of feature i see the features before i only, because weights between
 * units of the wrong degrees are masked. The context is seen by all.
 */
export function maskedNetwork(options: MaskedNetworkOptions): {
  init(key: Key): MaskedNetworkParams;
  apply(params: MaskedNetworkParams, x: tf.Tensor, context: tf.Tensor | undefined): tf.Tensor;
} {
  const { size, parameters, order, hidden, contextSize, activation } = options;
  const activate = activation === 'relu' ? (x: tf.Tensor) => tf.relu(x) : activationFunction(activation);
  const featureOf = (output: number): number =>
    order === 'byFeature' ? Math.floor(output / parameters) : output % size;
  // A unit of degree k sees features below k; an output of feature i may see units of degree up to i.
  const degrees = [
    Array.from({ length: size }, (_, i) => i + 1),
    ...hidden.map((units) => Array.from({ length: units }, (_, i) => 1 + (i % Math.max(1, size - 1)))),
    Array.from({ length: size * parameters }, (_, i) => featureOf(i)),
  ];
  const sizes = degrees.map(({ length }) => length);
  const masks = degrees
    .slice(1)
    .map((to, layer) =>
      Float32Array.from(degrees[layer].flatMap((from) => to.map((degree) => (degree >= from ? 1 : 0)))),
    );
  const dense = (key: Key, inputs: number, outputs: number): DenseParams => {
    const [kernelKey, biasKey] = split(key);
    return {
      kernel: torchUniform(kernelKey, [inputs, outputs], inputs),
      bias: torchUniform(biasKey, [outputs], inputs),
    };
  };
  return {
    init: (key) => {
      const keys = split(key, masks.length + 1);
      const layers = masks.map((_, i) => dense(keys[i], sizes[i], sizes[i + 1]));
      return contextSize === 0
        ? { layers }
        : { layers, context: dense(keys[masks.length], contextSize, sizes[1]) };
    },
    apply: (params, x, context) =>
      params.layers.reduce<tf.Tensor>((h, { kernel, bias }, i) => {
        const mask = tf.tensor2d(masks[i], [sizes[i], sizes[i + 1]]);
        const z = tf.add(tf.matMul(h, tf.mul(kernel, mask)), bias);
        const shifted =
          i === 0 && context !== undefined && 'context' in params
            ? tf.add(z, tf.add(tf.matMul(context, params.context.kernel), params.context.bias))
            : z;
        return i < masks.length - 1 ? activate(shifted) : shifted;
      }, x),
  };
}
