import * as tf from '@tensorflow/tfjs';
import { ConfigError, ShapeError, split, uniform, type Key } from '@ebim/runtime';
import { activationFunction, type Activation } from '../activation.js';
import { torchUniform } from '../initialisers/torch-uniform.js';
import type { Network } from '../network.js';
import type { DenseParams } from './mlp.js';

/** A network whose output depends on a second input, the context (e.g. the parameters of a conditional density). */
export interface ConditionalNetwork<P extends ResidualNetParams> extends Network<P> {
  /** Size of the context of one input; 0: there is none. */
  readonly contextSize: number;
  /** `x [batch, in]`, `context [batch, contextSize]` if there is one; gives `[batch, out]`. */
  apply(params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor;
}

/** Parameters of {@link residualNet}, from the input on. */
export type ResidualNetParams = {
  readonly input: DenseParams;
  readonly blocks: readonly ResidualBlockParams[];
  readonly output: DenseParams;
};

/** Parameters of one residual block: two layers, and a gate where there is a context. */
export type ResidualBlockParams =
  | { readonly first: DenseParams; readonly second: DenseParams }
  | { readonly first: DenseParams; readonly second: DenseParams; readonly gate: DenseParams };

/** Options of {@link residualNet}. */
export interface ResidualNetOptions {
  /** Size of one input, without the context. */
  readonly inputSize: number;
  /** Size of one output. */
  readonly outputSize: number;
  /** Units of every hidden layer. Default 100. */
  readonly hidden?: number;
  /** Residual blocks of two layers each. Default 2. */
  readonly blocks?: number;
  /** Size of the context. Default 0: none. */
  readonly contextSize?: number;
  /** Before both layers of a block. Default `'relu'`, as published; a smooth one where second derivatives matter. */
  readonly activation?: Activation | 'relu';
}

/** Weights and biases of the second layer of a block start this small, so that a block starts as the identity. */
const SECOND_LAYER_BOUND = 1e-3;

/**
 * The residual network that conditions the coupling layers of the M-flow paper, and its vector encoders and decoders:
 * `h = W0 [x, c] + b0`; in every block `h <- h + (W2 a(W1 a(h) + b1) + b2) * sigmoid(Wc c + bc)` with activation a,
 * the gate only where there is a context c; `W h + b` at the end. The PyTorch initialiser, but for the second layer
 * of a block, which is uniform on (-0.001, 0.001).
 *
 * @throws ConfigError `bad-size`, `unknown-activation`; ShapeError `bad-input-shape`, `bad-context`, `bad-params` when
 * applied
 *
 * @example
 * ```ts
 * const network = residualNet({ inputSize: 3, outputSize: 2, hidden: 16, contextSize: 1 });
 * const params = network.init(key(0));
 * const y = network.apply(params, tf.zeros([5, 3]), tf.ones([5, 1])); // [5, 2]
 * ```
 */
export function residualNet(options: ResidualNetOptions): ConditionalNetwork<ResidualNetParams> {
  const { inputSize, outputSize, hidden = 100, blocks = 2, contextSize = 0, activation = 'relu' } = options;
  checkSizes({ inputSize, outputSize, hidden }, 1);
  checkSizes({ blocks, contextSize }, 0);
  const activate = activation === 'relu' ? (x: tf.Tensor) => tf.relu(x) : activationFunction(activation);
  return {
    inputShape: [inputSize],
    outputShape: [outputSize],
    contextSize,
    init: (key) => {
      const [inputKey, outputKey, blocksKey] = split(key, 3);
      return {
        input: dense(inputKey, inputSize + contextSize, hidden),
        blocks: split(blocksKey, blocks).map((blockKey) => block(blockKey, hidden, contextSize)),
        output: dense(outputKey, hidden, outputSize),
      };
    },
    apply: (params, x, context) => {
      checkInput(params, x, context, inputSize, contextSize, blocks);
      return tf.tidy(() => {
        let h = affine(params.input, context === undefined ? x : tf.concat([x, context], 1));
        for (const layers of params.blocks) {
          const inner = affine(layers.first, activate(h));
          const t = affine(layers.second, activate(inner));
          const gated =
            context !== undefined && 'gate' in layers
              ? tf.mul(t, tf.sigmoid(affine(layers.gate, context)))
              : t;
          h = tf.add(h, gated);
        }
        return affine(params.output, h);
      });
    },
  };
}

const affine = ({ kernel, bias }: DenseParams, x: tf.Tensor): tf.Tensor => tf.add(tf.matMul(x, kernel), bias);

function dense(key: Key, inputs: number, outputs: number): DenseParams {
  const [kernelKey, biasKey] = split(key);
  return {
    kernel: torchUniform(kernelKey, [inputs, outputs], inputs),
    bias: torchUniform(biasKey, [outputs], inputs),
  };
}

function block(key: Key, hidden: number, contextSize: number): ResidualBlockParams {
  const [firstKey, secondKey, gateKey] = split(key, 3);
  const [kernelKey, biasKey] = split(secondKey);
  const range = { min: -SECOND_LAYER_BOUND, max: SECOND_LAYER_BOUND };
  const layers = {
    first: dense(firstKey, hidden, hidden),
    second: { kernel: uniform(kernelKey, [hidden, hidden], range), bias: uniform(biasKey, [hidden], range) },
  };
  return contextSize === 0 ? layers : { ...layers, gate: dense(gateKey, contextSize, hidden) };
}

function checkSizes(sizes: Readonly<Record<string, number>>, least: number): void {
  for (const [name, size] of Object.entries(sizes))
    if (!Number.isInteger(size) || size < least)
      throw new ConfigError({
        code: 'bad-size',
        where: `residualNet({ ${name} })`,
        expected: `a whole number of at least ${least}`,
        received: String(size),
      });
}

function checkInput(
  params: ResidualNetParams,
  x: tf.Tensor,
  context: tf.Tensor | undefined,
  inputSize: number,
  contextSize: number,
  blocks: number,
): void {
  if (x.rank !== 2 || x.shape[1] !== inputSize)
    throw new ShapeError({
      code: 'bad-input-shape',
      where: 'residualNet.apply(params, x)',
      expected: `x of shape [batch, ${inputSize}]`,
      received: `[${x.shape}]`,
      hint: 'Add a batch axis to a single point: tf.expandDims(x, 0).',
    });
  const wanted = contextSize === 0 ? 'none' : `[${x.shape[0]}, ${contextSize}]`;
  const given = context === undefined ? 'none' : `[${context.shape.join(', ')}]`;
  if (wanted !== given)
    throw new ShapeError({
      code: 'bad-context',
      where: 'residualNet.apply(params, x, context)',
      expected: `context: ${wanted}`,
      received: given,
      hint: 'One row of context for each row of x, of the size that the network was made for.',
    });
  if (params.blocks.length !== blocks)
    throw new ShapeError({
      code: 'bad-params',
      where: 'residualNet.apply(params, x)',
      expected: `${blocks} blocks`,
      received: `${params.blocks.length}`,
      hint: 'These parameters belong to another network.',
    });
}
