import * as tf from '@tensorflow/tfjs';
import { ConfigError, ShapeError, split } from '@ebim/runtime';
import { activationFunction, type Activation } from '../activation.js';
import { torchUniform } from '../initialisers/torch-uniform.js';
import type { Network } from '../network.js';

/** Parameters of one dense layer: `kernel` `[in, out]`, `bias` `[out]`. */
export type DenseParams = { readonly kernel: tf.Tensor; readonly bias: tf.Tensor };

/** Parameters of {@link mlp}, from the input on. */
export type MlpParams = { readonly layers: readonly DenseParams[] };

/** Options of {@link mlp}. */
export interface MlpOptions {
  /** Size of one input. */
  readonly inputSize: number;
  /** Size of one output. */
  readonly outputSize: number;
  /** Units of each hidden layer, e.g. `[8, 8, 8]`; `[]` is a linear map. */
  readonly hidden: readonly number[];
  /** Between the layers, not after the last. Default `'silu'`. */
  readonly activation?: Activation;
}

/**
 * A multi-layer perceptron: dense layers with an activation between them, the PyTorch initialiser.
 *
 * @throws ConfigError `bad-size`, `unknown-activation`
 *
 * @example
 * ```ts
 * const network = mlp({ inputSize: 2, outputSize: 1, hidden: [8, 8, 8] });
 * const params = network.init(key(0));
 * const y = network.apply(params, tf.zeros([5, 2])); // [5, 1]
 * ```
 */
export function mlp(options: MlpOptions): Network<MlpParams> {
  const { inputSize, outputSize, hidden, activation = 'silu' } = options;
  const sizes = [inputSize, ...hidden, outputSize];
  sizes.forEach(checkSize);
  const activate = activationFunction(activation);
  return {
    inputShape: [inputSize],
    outputShape: [outputSize],
    init: (key) => ({
      layers: split(key, sizes.length - 1).map((layerKey, i) => {
        const [kernelKey, biasKey] = split(layerKey);
        return {
          kernel: torchUniform(kernelKey, [sizes[i], sizes[i + 1]], sizes[i]),
          bias: torchUniform(biasKey, [sizes[i + 1]], sizes[i]),
        };
      }),
    }),
    apply: (params, x) => {
      checkInput(params, x, sizes);
      return tf.tidy(() =>
        params.layers.reduce((h, { kernel, bias }, i) => {
          const z = tf.add(tf.matMul(h, kernel), bias);
          return i < params.layers.length - 1 ? activate(z) : z;
        }, x),
      );
    },
  };
}

function checkSize(size: number): void {
  if (!Number.isInteger(size) || size < 1)
    throw new ConfigError({
      code: 'bad-size',
      where: 'mlp({ inputSize, outputSize, hidden })',
      expected: 'whole numbers of at least 1',
      received: String(size),
    });
}

function checkInput(params: MlpParams, x: tf.Tensor, sizes: readonly number[]): void {
  if (x.rank !== 2 || x.shape[1] !== sizes[0])
    throw new ShapeError({
      code: 'bad-input-shape',
      where: 'mlp.apply(params, x)',
      expected: `x of shape [batch, ${sizes[0]}]`,
      received: `[${x.shape}]`,
      hint: 'Add a batch axis to a single point: tf.expandDims(x, 0).',
    });
  if (params.layers.length !== sizes.length - 1)
    throw new ShapeError({
      code: 'bad-params',
      where: 'mlp.apply(params, x)',
      expected: `${sizes.length - 1} layers`,
      received: `${params.layers.length}`,
      hint: 'These parameters belong to another network.',
    });
}
