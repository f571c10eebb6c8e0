import { ConfigError, ShapeError } from '@ebim/runtime';
import type { Constraint } from '@ebim/samplers';
import type * as tf from '@tensorflow/tfjs';
import { normalsAt } from './normals-at.js';
import { kernelDensity, tangentKernels } from './tangent-kernels.js';

/** Options of {@link manifoldKernelDensity}. */
export interface ManifoldKernelDensityOptions {
  /** Points on the manifold, `[any, n]`. */
  readonly centres: tf.Tensor;
  /** Standard deviation of the kernels in the tangent spaces, in units of length. */
  readonly scale: number;
}

/**
 * A kernel estimate of a density with respect to area on any implicit manifold: the mean over given points of Gaussians
 * in their tangent spaces, carried to the manifold along the normals. The kernels integrate to one where they are narrow
 * against the radius of curvature. What a learned density should beat, and a start for one.
 *
 * @returns the density at points `[count, n]` of the manifold, float64
 * @throws ConfigError `bad-option`; ShapeError `bad-nodes`
 * @example
 * ```ts
 * import { manifoldKernelDensity, sphere } from '@ebim/implicit';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const north = tf.tensor2d([[0, 0, 1]]);
 * const density = await manifoldKernelDensity(sphere().constraint, { centres: north, scale: 0.1 });
 * console.log((await density(north))[0]); // 1 / (2 pi 0.1^2) = 15.9
 * ```
 */
export async function manifoldKernelDensity(
  constraint: Constraint,
  { centres, scale }: ManifoldKernelDensityOptions,
): Promise<(points: tf.Tensor) => Promise<Float64Array>> {
  const where = 'manifoldKernelDensity';
  if (!(scale > 0 && scale < Infinity))
    throw new ConfigError({
      code: 'bad-option',
      where: `${where}({ scale })`,
      expected: 'a positive number',
      received: String(scale),
    });
  const [count, n] = centres.shape;
  if (centres.rank !== 2 || count === 0)
    throw new ShapeError({
      code: 'bad-nodes',
      where: `${where}({ centres })`,
      expected: 'points of shape [count, n], at least one',
      received: `[${centres.shape.join(', ')}]`,
    });
  const { rows, codimension } = await normalsAt(constraint, centres);
  const kernels = tangentKernels(await centres.data(), rows, n, codimension);
  return async (points) => {
    const normals = await normalsAt(constraint, points);
    return kernelDensity(kernels, scale, await points.data(), normals.rows);
  };
}
