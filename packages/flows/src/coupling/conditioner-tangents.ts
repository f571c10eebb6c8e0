import * as tf from '@tensorflow/tfjs';
import { linearize } from '@ebim/autodiff';
import type { ConditionalNetwork, ResidualNetParams } from '@ebim/nn';

/** A network at a point, and the derivative of its outputs contracted with given slopes. */
export interface PushedNetwork {
  /** `[batch, outputs]` */
  readonly value: tf.Tensor;
  /**
   * `sum_j slopes[b, f, j] d value[b, f, j]` for every tangent and feature.
   *
   * @param tangents `[batch, n, inputs]`
   * @param slopes `[batch, features * parameters]`
   * @returns `[batch, n, features]`
   */
  readonly pushAgainst: (tangents: tf.Tensor, slopes: tf.Tensor, features: number) => tf.Tensor;
}

/**
 * A conditioner with n tangents of its input. All that a coupling layer needs is, for each feature, one cotangent of
 * its raw parameters times the Jacobian of the network; with fewer features than tangents that is one backward pass a
 * feature, else one forward pass a tangent.
 */
export function pushThroughResidualNet(
  network: ConditionalNetwork<ResidualNetParams>,
  params: ResidualNetParams,
  x: tf.Tensor,
  context: tf.Tensor | undefined,
): PushedNetwork {
  const { value, jvp, vjp } = linearize((at) => network.apply(params, at, context), x);
  const pushAgainst: PushedNetwork['pushAgainst'] = (tangents, slopes, features) => {
    const [batch, n, inputs] = tangents.shape as [number, number, number];
    const parameters = (value.shape[1] as number) / features;
    const bySlopes = (t: tf.Tensor): tf.Tensor =>
      tf.sum(tf.reshape(tf.mul(t, slopes), [batch, features, parameters]), 2);
    if (n === 0) return tf.zeros([batch, 0, features]);
    if (n <= features) {
      const each = Array.from({ length: n }, (_, i) =>
        bySlopes(jvp(tf.reshape(tf.slice(tangents, [0, i, 0], [batch, 1, inputs]), [batch, inputs]))),
      );
      return tf.stack(each, 1);
    }
    const rows = Array.from({ length: features }, (_, f) => {
      const mask = new Float32Array(features * parameters).fill(1, f * parameters, (f + 1) * parameters);
      return vjp(tf.mul(slopes, tf.tensor2d(mask, [1, mask.length])));
    });
    const jacobian = tf.stack(rows, 1);
    return tf.matMul(tangents, jacobian, false, true);
  };
  return { value, pushAgainst };
}
