import { ConfigError, ShapeError, treeTidy } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';

/**
 * Points on a manifold with weights that make sums integrals: `sum_i exp(logWeights_i) f(x_i)` is, or has the
 * expectation, of the integral of f over the manifold with respect to length or area.
 */
export type IntegrationNodes = {
  /** `[count, n]` */
  readonly points: tf.Tensor;
  /** `[count]` */
  readonly logWeights: tf.Tensor;
};

/**
 * Nodes of points that are uniform with respect to area on a manifold of known volume: all weigh `volume / count`.
 *
 * @param points `[count, n]`; copied
 * @throws ConfigError `bad-option`, ShapeError `bad-nodes`
 * @example
 * ```ts
 * import { uniformNodes } from '@ebim/implicit';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const angles = tf.range(0, 64).mul((2 * Math.PI) / 64);
 * const nodes = uniformNodes(tf.stack([tf.cos(angles), tf.sin(angles)], 1), 2 * Math.PI);
 * nodes.logWeights.exp().sum().print(); // 6.28: the length of the circle
 * ```
 */
export function uniformNodes(points: tf.Tensor, volume: number): IntegrationNodes {
  checkPoints(points, 'uniformNodes(points)');
  if (!(volume > 0 && volume < Infinity))
    throw new ConfigError({
      code: 'bad-option',
      where: 'uniformNodes(points, volume)',
      expected: 'a positive number',
      received: String(volume),
    });
  const count = points.shape[0];
  return treeTidy(() => ({
    points: points.clone(),
    logWeights: tf.fill([count], Math.log(volume / count)),
  }));
}

/**
 * Nodes of the middles of the triangles of a mesh, or of the edges of a polyline, and their areas or lengths. Elements
 * without area are left out.
 *
 * @param points `[count, n]`
 * @param elements areas or lengths, one for each point
 * @throws ShapeError `bad-nodes`
 */
export function meshNodes(points: tf.Tensor, elements: ArrayLike<number>): IntegrationNodes {
  checkPoints(points, 'meshNodes(points)');
  const kept = Array.from(elements, (_, i) => i).filter((i) => elements[i] > 0);
  if (elements.length !== points.shape[0] || kept.length === 0)
    throw new ShapeError({
      code: 'bad-nodes',
      where: 'meshNodes(points, elements)',
      expected: `an area for each of ${points.shape[0]} points, not all zero`,
      received: `${elements.length} areas, ${kept.length} of them positive`,
    });
  return treeTidy(() => ({
    points: tf.gather(points, tf.tensor1d(kept, 'int32')),
    logWeights: tf.tensor1d(kept.map((i) => Math.log(elements[i]))),
  }));
}

/** `log sum_i exp(logWeights_i - energies_i)`, the estimate of log Z, as a scalar that can be differentiated. */
export const logIntegral = (logWeights: tf.Tensor, energies: tf.Tensor): tf.Scalar =>
  tf.logSumExp(tf.sub(logWeights, energies));

/**
 * Checks nodes.
 *
 * @throws ShapeError `bad-nodes` unless there are as many weights as points, and points at all
 */
export function checkNodes({ points, logWeights }: IntegrationNodes, where: string): void {
  checkPoints(points, where);
  if (logWeights.rank !== 1 || logWeights.shape[0] !== points.shape[0])
    throw new ShapeError({
      code: 'bad-nodes',
      where,
      expected: `log weights of shape [${points.shape[0]}]`,
      received: `[${logWeights.shape.join(', ')}]`,
    });
}

function checkPoints({ shape, rank }: tf.Tensor, where: string): void {
  if (rank !== 2 || shape[0] === 0)
    throw new ShapeError({
      code: 'bad-nodes',
      where,
      expected: 'points of shape [count, n], at least one',
      received: `[${shape.join(', ')}]`,
    });
}
