import * as tf from '@tensorflow/tfjs';
import { grad } from '@ebim/autodiff';
import { activationFunction, type Activation, type DenseParams, type ResidualNetParams } from '@ebim/nn';

/** A conditioner at a point, and the derivative of its outputs contracted with given slopes. */
export interface PushedConditioner {
  /** `[batch, features * parameters]` */
  readonly value: tf.Tensor;
  /**
   * `sum_j slope_fj d value_fj` over the raw parameters j of every feature f, for every tangent.
   *
   * @param slopes like `value`
   * @returns `[batch, n, features]`
   */
  readonly against: (slopes: tf.Tensor, features: number, order: 'byFeature' | 'byParameter') => tf.Tensor;
}

/**
 * The residual network of a coupling layer with n tangents of its input: the network itself is evaluated once, and its
 * widest layer, the last one, is contracted with the slopes before the tangents reach it. The same formulas as
 * `residualNet` of `@ebim/nn`, which tests hold it to.
 *
 * @param x `[batch, inputs]`
 * @param tangents `[batch, n, inputs]`; the context has none
 */
export function pushThroughConditioner(
  params: ResidualNetParams,
  activation: Activation | 'relu',
  x: tf.Tensor,
  tangents: tf.Tensor,
  context: tf.Tensor | undefined,
): PushedConditioner {
  const [batch, n, inputs] = tangents.shape as [number, number, number];
  const activate = activation === 'relu' ? (t: tf.Tensor) => tf.relu(t) : activationFunction(activation);
  const slope =
    activation === 'relu'
      ? (t: tf.Tensor): tf.Tensor => tf.step(t)
      : grad((t: tf.Tensor) => tf.sum(activate(t)));
  /** A factor of every point, for all its tangents. */
  const times = (t: tf.Tensor, factor: tf.Tensor): tf.Tensor => tf.mul(t, tf.expandDims(factor, 1));
  const linear = (t: tf.Tensor, kernel: tf.Tensor): tf.Tensor => {
    const [rows, columns] = kernel.shape as [number, number];
    return tf.reshape(tf.matMul(tf.reshape(t, [batch * n, rows]), kernel), [batch, n, columns]);
  };
  const { kernel } = params.input;
  // The first rows of the kernel are those of x, the others those of the context.
  const kernelOfX =
    context === undefined ? kernel : tf.slice(kernel, [0, 0], [inputs, kernel.shape[1] as number]);
  let h = affine(params.input, context === undefined ? x : tf.concat([x, context], 1));
  let t = linear(tangents, kernelOfX);
  for (const block of params.blocks) {
    const inner = affine(block.first, activate(h));
    const innerTangents = linear(times(t, slope(h)), block.first.kernel);
    const outer = affine(block.second, activate(inner));
    const outerTangents = linear(times(innerTangents, slope(inner)), block.second.kernel);
    if (context !== undefined && 'gate' in block) {
      const gate = tf.sigmoid(affine(block.gate, context));
      h = tf.add(h, tf.mul(outer, gate));
      t = tf.add(t, times(outerTangents, gate));
    } else {
      h = tf.add(h, outer);
      t = tf.add(t, outerTangents);
    }
  }
  const against: PushedConditioner['against'] = (slopes, features, order) => {
    const { kernel: last } = params.output;
    const [hidden, outputs] = last.shape as [number, number];
    const parameters = outputs / features;
    const split = (m: tf.Tensor, rows: number): tf.Tensor =>
      order === 'byFeature'
        ? tf.transpose(tf.reshape(m, [rows, features, parameters]), [1, 0, 2])
        : tf.transpose(tf.reshape(m, [rows, parameters, features]), [2, 0, 1]);
    // [features, batch, parameters] x [features, hidden, parameters]ᵀ
    const contracted = tf.matMul(split(slopes, batch), split(last, hidden), false, true);
    return tf.matMul(t, tf.transpose(contracted, [1, 2, 0]));
  };
  return { value: affine(params.output, h), against };
}

const affine = ({ kernel, bias }: DenseParams, x: tf.Tensor): tf.Tensor => tf.add(tf.matMul(x, kernel), bias);
