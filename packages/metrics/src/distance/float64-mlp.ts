import type * as tf from '@tensorflow/tfjs';
import { ConfigError, ShapeError } from '@ebim/runtime';
import { checkPoints, type Points } from '../points.js';
import type { BatchedConstraint, ConstraintEvaluation } from './constraint.js';

/** Activations known on the host. */
export type HostActivation = 'silu' | 'tanh' | 'softplus';

/** One layer: y = x kernel + bias. */
export interface HostLayer {
  /** Row-major [inputs, outputs]. */
  readonly kernel: ArrayLike<number>;
  /** [outputs]. */
  readonly bias: ArrayLike<number>;
}

/** Weights of a multi-layer perceptron as plain arrays; the activation stands between layers, not after the last. */
export interface HostMlpParams {
  readonly layers: readonly HostLayer[];
  readonly activation: HostActivation;
}

/** A multi-layer perceptron on the host, in float64. */
export interface HostMlp {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Values [rows, outputSize], row-major. */
  evaluate(points: Points): Float64Array;
  /** Values and Jacobians: the network as a constraint of {@link distanceToManifold}. */
  readonly constraint: BatchedConstraint;
}

interface ActivationRule {
  readonly value: (x: number) => number;
  readonly derivative: (x: number) => number;
}

// Written so that large arguments of either sign neither overflow nor cancel.
const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

const activations: Readonly<Record<HostActivation, ActivationRule>> = {
  silu: {
    value: (x) => x * sigmoid(x),
    derivative: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
  },
  tanh: { value: Math.tanh, derivative: (x) => 1 - Math.tanh(x) ** 2 },
  softplus: {
    value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    derivative: sigmoid,
  },
};

interface DenseLayer {
  readonly kernel: Float64Array;
  readonly bias: Float64Array;
  readonly inputs: number;
  readonly outputs: number;
}

function denseLayers(params: HostMlpParams): DenseLayer[] {
  const where = 'hostMlp';
  if (params.layers.length === 0) {
    throw new ShapeError({ code: 'shape-mismatch', where, expected: 'one layer or more', received: 'none' });
  }
  let expected: number | null = null;
  return params.layers.map(({ kernel, bias }, at) => {
    const outputs = bias.length;
    const inputs = kernel.length / outputs;
    const fits =
      outputs > 0 && Number.isInteger(inputs) && inputs > 0 && (expected === null || inputs === expected);
    if (!fits) {
      throw new ShapeError({
        code: 'shape-mismatch',
        where: `${where}: layer ${at}`,
        expected: `a kernel [${expected ?? 'inputs'}, ${outputs}] for the bias [${outputs}]`,
        received: `${kernel.length} numbers`,
      });
    }
    expected = outputs;
    return { kernel: Float64Array.from(kernel), bias: Float64Array.from(bias), inputs, outputs };
  });
}

function affine(layer: DenseLayer, x: Float64Array): Float64Array {
  const y = Float64Array.from(layer.bias);
  for (let i = 0; i < layer.inputs; i++) {
    for (let j = 0; j < layer.outputs; j++) y[j] += x[i] * layer.kernel[i * layer.outputs + j];
  }
  return y;
}

/**
 * Evaluates the weights of a trained network in float64, with exact derivatives, so that distances to a learned
 * manifold are not limited by the rounding of float32.
 *
 * @throws ShapeError when the layers do not fit together
 * @throws ConfigError for an unknown activation
 * @example
 * ```ts
 * const { evaluate } = hostMlp({ layers: [{ kernel: [1, 2], bias: [0.5] }], activation: 'silu' });
 * console.log(evaluate({ data: Float64Array.of(1, 1), rows: 1, columns: 2 })); // [3.5]
 * ```
 */
export function hostMlp(params: HostMlpParams): HostMlp {
  const rule: ActivationRule | undefined = activations[params.activation];
  if (rule === undefined) {
    throw new ConfigError({
      code: 'unknown-activation',
      where: 'hostMlp: activation',
      expected: Object.keys(activations).join(', '),
      received: String(params.activation),
    });
  }
  const layers = denseLayers(params);
  const inputSize = layers[0].inputs;
  const outputSize = layers[layers.length - 1].outputs;

  /** The value at one point; keeps what stood before each activation. */
  const forward = (x: Float64Array, before: Float64Array[]): Float64Array => {
    let h = x;
    layers.forEach((layer, at) => {
      h = affine(layer, h);
      if (at === layers.length - 1) return;
      before.push(h);
      h = h.map(rule.value);
    });
    return h;
  };

  /** Jacobian [outputs, inputs], one reverse pass an output. */
  const backward = (before: readonly Float64Array[], into: Float64Array, offset: number): void => {
    const slopes = before.map((values) => values.map(rule.derivative));
    for (let output = 0; output < outputSize; output++) {
      let g = new Float64Array(outputSize);
      g[output] = 1;
      for (let at = layers.length - 1; at >= 0; at--) {
        const { kernel, inputs, outputs } = layers[at];
        const next = new Float64Array(inputs);
        for (let i = 0; i < inputs; i++) {
          let sum = 0;
          for (let j = 0; j < outputs; j++) sum += kernel[i * outputs + j] * g[j];
          next[i] = at === 0 ? sum : sum * slopes[at - 1][i];
        }
        g = next;
      }
      into.set(g, offset + output * inputSize);
    }
  };

  const check = (points: Points) => {
    checkPoints(points, 'hostMlp');
    if (points.columns === inputSize) return;
    throw new ShapeError({
      code: 'shape-mismatch',
      where: 'hostMlp',
      expected: `points of ${inputSize} coordinates`,
      received: String(points.columns),
    });
  };
  const rowOf = ({ data }: Points, row: number) => data.subarray(row * inputSize, (row + 1) * inputSize);

  const evaluate = (points: Points): Float64Array => {
    check(points);
    const value = new Float64Array(points.rows * outputSize);
    for (let row = 0; row < points.rows; row++) value.set(forward(rowOf(points, row), []), row * outputSize);
    return value;
  };
  const evaluateWithJacobian = (points: Points): ConstraintEvaluation => {
    check(points);
    const value = new Float64Array(points.rows * outputSize);
    const jacobian = new Float64Array(points.rows * outputSize * inputSize);
    for (let row = 0; row < points.rows; row++) {
      const before: Float64Array[] = [];
      value.set(forward(rowOf(points, row), before), row * outputSize);
      backward(before, jacobian, row * outputSize * inputSize);
    }
    return { value, jacobian };
  };
  const constraint = { dimension: inputSize, codimension: outputSize, evaluate: evaluateWithJacobian };
  return { inputSize, outputSize, evaluate, constraint };
}

/** Reads the parameters of `@ebim/nn`'s `mlp` for {@link hostMlp}. The tensors stay the caller's. */
export async function readMlpParams(
  params: { readonly layers: readonly { readonly kernel: tf.Tensor; readonly bias: tf.Tensor }[] },
  activation: HostActivation,
): Promise<HostMlpParams> {
  const layers = await Promise.all(
    params.layers.map(async ({ kernel, bias }) => ({ kernel: await kernel.data(), bias: await bias.data() })),
  );
  return { layers, activation };
}
