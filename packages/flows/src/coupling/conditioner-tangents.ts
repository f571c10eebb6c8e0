import * as tf from '@tensorflow/tfjs';
import { linearize } from '@ebim/autodiff';
import type { ConditionalNetwork, ResidualNetParams } from '@ebim/nn';

/** A conditioner at a point, and the derivative of its outputs contracted with given slopes. */
export interface PushedNetwork {
  /** `[batch, outputs]` */
  readonly value: tf.Tensor;
  /**
   * `sum_j slope_fj d value_fj` over the raw parameters j of every feature f, for every tangent.
   *
   * @param tangents `[batch, n, inputs]`
   * @param slopes like `value`
   * @returns `[batch, n, features]`
   */
  readonly pushAgainst: (
    tangents: tf.Tensor,
    slopes: tf.Tensor,
    features: number,
    order: 'byFeature' | 'byParameter',
  ) => tf.Tensor;
}

/**
 * A conditioner with n tangents of its input. All that a coupling layer needs is, for each feature, one cotangent of
 * its raw parameters times the Jacobian of the network: one backward pass a feature, or one forward pass a tangent,
 * whichever are fewer.
 */
export function pushThroughConditioner(
  network: ConditionalNetwork<ResidualNetParams>,
  params: ResidualNetParams,
  x: tf.Tensor,
  context: tf.Tensor | undefined,
): PushedNetwork {
  const { value, jvp, vjp } = linearize((at) => network.apply(params, at, context), x);
  const pushAgainst: PushedNetwork['pushAgainst'] = (tangents, slopes, features, order) => {
    const [batch, n, inputs] = tangents.shape as [number, number, number];
    const parameters = (value.shape[1] as number) / features;
    const byFeature = order === 'byFeature';
    const shape = byFeature ? [batch, features, parameters] : [batch, parameters, features];
    const perFeature = (t: tf.Tensor): tf.Tensor => tf.sum(tf.reshape(t, shape), byFeature ? 2 : 1);
    if (n === 0) return tf.zeros([batch, 0, features]);
    if (n <= features) {
      const each = Array.from({ length: n }, (_, i) => {
        const tangent = tf.reshape(tf.slice(tangents, [0, i, 0], [batch, 1, inputs]), [batch, inputs]);
        return perFeature(tf.mul(jvp(tangent), slopes));
      });
      return tf.stack(each, 1);
    }
    const rows = Array.from({ length: features }, (_, f) => {
      const mask = Float32Array.from({ length: features * parameters }, (__, i) =>
        (byFeature ? Math.floor(i / parameters) : i % features) === f ? 1 : 0,
      );
      return vjp(tf.mul(slopes, tf.tensor2d(mask, [1, mask.length])));
    });
    return tf.matMul(tangents, tf.stack(rows, 1), false, true);
  };
  return { value, pushAgainst };
}
