import * as tf from '@tensorflow/tfjs';
import { ShapeError, treeTidy, type TensorTree } from '@ebim/runtime';
import { checkDimensions } from '../charts/pad.js';
import { checkContext, checkRows } from '../transform/checks.js';
import type { Transform } from '../transform/transform.js';

/** A point of a learned manifold and the tangents of its chart. */
export interface ChartTangents {
  /** `[batch, d]`: g(u). */
  readonly x: tf.Tensor2D;
  /** `[batch, d, n]`: the Jacobian of g at u, column by column a derivative along a coordinate. */
  readonly jacobian: tf.Tensor3D;
}

/**
 * The chart `g(u) = f⁻¹(u, 0)` of a manifold that a flow f: data -> latent learned, with its Jacobian: the n unit
 * vectors are pushed through every layer (spec 2.11), which costs n forward passes.
 *
 * @param transform f, of vectors of size d
 * @param u `[batch, n]`, n < d
 * @throws ShapeError `bad-input-shape`, `bad-context`; ConfigError `bad-manifold-dimension`
 *
 * @example
 * ```ts
 * const flow = vectorFlow({ size: 3, layers: 1, hidden: 8 });
 * const params = flow.init(key(0));
 * const { x, jacobian } = chartTangents(flow, params, tf.zeros([5, 2]));
 * const logVolume = logVolumeOfTangents(jacobian); // ½ log det JᵀJ
 * ```
 */
export function chartTangents<P extends TensorTree>(
  transform: Transform<P>,
  params: P,
  u: tf.Tensor,
  context?: tf.Tensor,
): ChartTangents {
  const { n, d } = chartSizes('chartTangents', transform, u);
  const batch = u.shape[0];
  checkContext('chartTangents', batch, transform.contextSize, context);
  return treeTidy(() => {
    const latent = tf.concat([u, tf.zeros([batch, d - n])], 1);
    const directions = tf.add(tf.zeros([batch, n, d]), tf.slice(tf.eye(d), [0, 0], [n, d]));
    const { x, tangents } = transform.inverseTangents(params, latent, directions, context);
    return { x: x as tf.Tensor2D, jacobian: tf.transpose(tangents, [0, 2, 1]) as tf.Tensor3D };
  });
}

/**
 * The chart alone: `g(u) = f⁻¹(u, 0)`.
 *
 * @returns `[batch, d]`
 * @throws ShapeError `bad-input-shape`, `bad-context`; ConfigError `bad-manifold-dimension`
 */
export function chartPoint<P extends TensorTree>(
  transform: Transform<P>,
  params: P,
  u: tf.Tensor,
  context?: tf.Tensor,
): tf.Tensor2D {
  const { n, d } = chartSizes('chartPoint', transform, u);
  return treeTidy(() => {
    const latent = tf.concat([u, tf.zeros([u.shape[0], d - n])], 1);
    return transform.inverse(params, latent, context).x as tf.Tensor2D;
  });
}

function chartSizes(
  where: string,
  { outputShape }: Pick<Transform<TensorTree>, 'outputShape'>,
  u: tf.Tensor,
): { n: number; d: number } {
  if (outputShape.length !== 1 || u.rank !== 2)
    throw new ShapeError({
      code: 'bad-input-shape',
      where: `${where}(transform, params, u)`,
      expected: 'a transform of vectors, and u of shape [batch, n]',
      received: `one of [${outputShape.join(', ')}], and [${u.shape.join(', ')}]`,
    });
  const [n, d] = [u.shape[1] as number, outputShape[0]];
  checkRows(where, u, [n]);
  checkDimensions(`${where}(transform, params, u)`, n, d);
  return { n, d };
}
