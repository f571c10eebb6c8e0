import * as tf from '@tensorflow/tfjs';
import { ShapeError, type TensorTree } from '@ebim/runtime';
import type { FlowModel } from '../models/model.js';
import { checkSizes } from '../transform/checks.js';
import { closedSpline } from './closed-spline.js';

/** Options of {@link latentTour}. */
export interface LatentTourOptions {
  /** Points of the tour, in equal steps of the spline's parameter. Default 240. */
  readonly frames?: number;
  /** Of a conditional model: one vector for the whole tour. */
  readonly context?: readonly number[];
}

/** A closed walk through the latents of a model; the caller owns both tensors. */
export interface LatentTour {
  /** `[frames, n]`; the step after the last one is the first. */
  readonly latents: tf.Tensor2D;
  /** `[frames, d]`: the latents decoded, so points of the manifold. */
  readonly points: tf.Tensor2D;
}

/**
 * Walks along a smooth closed curve through the latents of a model, past some way-points, and decodes it: what an
 * animation of the manifold shows. Way-points may be encoded data, or any latents that are likely under the model, which
 * takes them for standard normal. Where K divides `frames` the tour stops at all K way-points, evenly.
 *
 * @param wayPoints K latents of n coordinates each, in the order of the tour
 * @throws ShapeError `bad-way-points`, `bad-context`; ConfigError `bad-size`; what {@link closedSpline} throws
 *
 * @example
 * ```ts
 * const model = mFlow({
 *   outer: vectorFlow({ size: 3, layers: 2, hidden: 16 }),
 *   inner: vectorFlow({ size: 2, layers: 2, hidden: 16 }),
 * });
 * const params = model.init(key(0));
 * const { points } = latentTour(model, params, [[1, 0], [0, 1.5], [-1, -1]], { frames: 30 }); // [30, 3]
 * ```
 */
export function latentTour<P extends TensorTree>(
  model: Pick<FlowModel<P>, 'decode' | 'latentSize' | 'name'>,
  params: P,
  wayPoints: readonly ArrayLike<number>[],
  { frames = 240, context }: LatentTourOptions = {},
): LatentTour {
  checkSizes('latentTour', { frames }, 2);
  const at = closedSpline(wayPoints);
  const { length: size } = wayPoints[0];
  if (size !== model.latentSize)
    throw new ShapeError({
      code: 'bad-way-points',
      where: 'latentTour(model, params, wayPoints)',
      expected: `way-points of ${model.latentSize} coordinates, as latents of ${model.name} have`,
      received: `${size} coordinates`,
      hint: 'Way-points are latents: model.encode(params, x) gives those of points x.',
    });
  const rows = Array.from({ length: frames }, (_, i) => at(i / frames));
  const latents = tf.tensor2d(rows, [frames, size], 'float32');
  try {
    const points = tf.tidy(() => {
      const contexts = context === undefined ? undefined : tf.tile(tf.tensor2d([[...context]]), [frames, 1]);
      return model.decode(params, latents, contexts) as tf.Tensor2D;
    });
    return { latents, points };
  } catch (error) {
    latents.dispose();
    throw error;
  }
}
