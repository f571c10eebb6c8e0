import * as tf from '@tensorflow/tfjs';
import { stopGradient } from '@ebim/autodiff';
import {
  ConfigError,
  normal,
  split,
  treeClone,
  treeDispose,
  treeEntries,
  treeTidy,
  treeUnflatten,
  type Key,
  type TensorTree,
} from '@ebim/runtime';
import type { Network } from './network.js';

/** Estimates of the first pair of singular vectors of one weight; constants to every gradient. */
export type SingularVectors = {
  /** u, `[out]` */
  readonly output: tf.Tensor;
  /** v, `[everything else]` */
  readonly input: tf.Tensor;
};

/** Parameters of {@link spectralNorm}: those of the network, and a pair of vectors for each weight in their order. */
export type SpectralNormParams<P extends TensorTree> = {
  readonly network: P;
  readonly vectors: readonly SingularVectors[];
};

/** Options of {@link spectralNorm}. */
export interface SpectralNormOptions {
  /** Power iterations when parameters are made. Default 15; PyTorch's older hook does none. */
  readonly initialIterations?: number;
  /** Which leaves are weights, by path. Default: those with two or more axes. */
  readonly isWeight?: (path: string, leaf: tf.Tensor) => boolean;
  /** Axis of a weight that counts its outputs. Default: the last; the last but one for a transposed convolution. */
  readonly outputAxis?: (path: string, leaf: tf.Tensor) => number;
}

/** A network each of whose weights is divided by its largest singular value. */
export interface SpectralNormNetwork<P extends TensorTree> extends Network<SpectralNormParams<P>> {
  /** The parameters after more power iterations (default 1): what a training step does before its gradient. */
  advance(params: SpectralNormParams<P>, iterations?: number): SpectralNormParams<P>;
  /** The parameters of the plain network with divided weights, e.g. to bind once for a whole chain. */
  normalized(params: SpectralNormParams<P>): P;
}

const SMALLEST_NORM = 1e-12;

/**
 * Spectral normalisation (Miyato et al. 2018): each weight W, seen as a matrix `[out, rest]`, is replaced by
 * `W / sigma` with `sigma = u^T W v`; u and v come from power iteration and are constants, so that the gradient flows
 * through W alone. `apply` is pure and does not iterate: call `advance` once a training step.
 *
 * Weight decay must not reach the vectors; plain Adam and SGD leave them alone, as their gradient is zero.
 *
 * @throws ConfigError `bad-option`
 *
 * @example
 * ```ts
 * const network = spectralNorm(mlp({ inputSize: 2, outputSize: 1, hidden: [8, 8] }));
 * const params = network.advance(network.init(key(0)));
 * const y = network.apply(params, tf.zeros([5, 2])); // [5, 1]
 * ```
 */
export function spectralNorm<P extends TensorTree>(
  network: Network<P>,
  options: SpectralNormOptions = {},
): SpectralNormNetwork<P> {
  const { initialIterations = 15, isWeight = (_, leaf) => leaf.rank >= 2 } = options;
  const outputAxis = options.outputAxis ?? ((_, leaf) => leaf.rank - 1);
  checkIterations(initialIterations, 'spectralNorm({ initialIterations })');

  const weightsOf = (params: P): [path: string, leaf: tf.Tensor][] =>
    treeEntries(params).filter(([path, leaf]) => isWeight(path, leaf));

  const advance = (params: SpectralNormParams<P>, iterations = 1): SpectralNormParams<P> => {
    checkIterations(iterations, 'spectralNorm.advance(params, iterations)');
    return treeTidy(() => ({
      network: treeClone(params.network),
      vectors: weightsOf(params.network).map(([path, leaf], i) => {
        const matrix = asMatrix(leaf, outputAxis(path, leaf));
        return powerIteration(matrix, params.vectors[i], iterations);
      }),
    }));
  };

  const normalized = (params: SpectralNormParams<P>): P =>
    treeTidy(() => {
      let i = 0;
      const leaves = treeEntries(params.network).map(([path, leaf]) => {
        if (!isWeight(path, leaf)) return leaf.clone();
        const { output, input } = stopGradient(params.vectors[i++]);
        const image = multiply(asMatrix(leaf, outputAxis(path, leaf)), output);
        return tf.div(leaf, tf.sum(tf.mul(input, image)));
      });
      return treeUnflatten(params.network, leaves);
    });

  return {
    inputShape: network.inputShape,
    outputShape: network.outputShape,
    init: (key) => {
      const [networkKey, vectorKey] = split(key);
      const plain = network.init(networkKey);
      const weights = weightsOf(plain);
      const keys = split(vectorKey, Math.max(1, weights.length));
      const start = {
        network: plain,
        vectors: weights.map(([path, leaf], i) => startVectors(keys[i], leaf, outputAxis(path, leaf))),
      };
      const params = advance(start, initialIterations);
      treeDispose(start);
      return params;
    },
    apply: (params, x) => treeTidy(() => network.apply(normalized(params), x)),
    advance,
    normalized,
  };
}

/** The weight as `[rest, out]`, the transpose of PyTorch's view. */
function asMatrix(weight: tf.Tensor, outputAxis: number): tf.Tensor2D {
  const axes = weight.shape.map((_, axis) => axis).filter((axis) => axis !== outputAxis);
  const last = outputAxis === weight.rank - 1;
  const ordered = last ? weight : tf.transpose(weight, [...axes, outputAxis]);
  return tf.reshape(ordered, [-1, weight.shape[outputAxis]]);
}

function startVectors(key: Key, weight: tf.Tensor, outputAxis: number): SingularVectors {
  const size = weight.shape[outputAxis];
  const [outputKey, inputKey] = split(key);
  return treeTidy(() => ({
    output: unit(normal(outputKey, [size])),
    input: unit(normal(inputKey, [weight.size / size])),
  }));
}

function powerIteration(matrix: tf.Tensor2D, start: SingularVectors, iterations: number): SingularVectors {
  let { output, input }: SingularVectors = { output: start.output.clone(), input: start.input.clone() };
  for (let i = 0; i < iterations; i++) {
    input = unit(multiply(matrix, output));
    output = unit(multiply(matrix, input, true));
  }
  return { output, input };
}

/** `M x`, or `M^T x`, for a vector x. */
const multiply = (matrix: tf.Tensor2D, x: tf.Tensor, transpose = false): tf.Tensor =>
  tf.reshape(tf.matMul(matrix, tf.reshape(x, [-1, 1]), transpose), [-1]);

const unit = (x: tf.Tensor): tf.Tensor => tf.div(x, tf.maximum(tf.sqrt(tf.sum(tf.square(x))), SMALLEST_NORM));

function checkIterations(value: number, where: string): void {
  if (!Number.isInteger(value) || value < 0)
    throw new ConfigError({
      code: 'bad-option',
      where,
      expected: 'a whole number of at least 0',
      received: String(value),
    });
}
