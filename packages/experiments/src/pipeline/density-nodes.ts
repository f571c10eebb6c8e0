import { importanceNodes, type IntegrationNodes } from '@ebim/implicit';
import { ConvergenceError, split, type Key } from '@ebim/runtime';
import type { Constraint } from '@ebim/samplers';
import type * as tf from '@tensorflow/tfjs';
import { pointsOf } from '@ebim/datasets';
import type { EbimConfig } from '../config/schema.js';
import { isManifold, learnedLevelSet } from '../evaluation/level-set.js';
import { diameter } from '../evaluation/likelihood.js';
import { uniformOnLevelSet } from './uniform-on-level-set.js';

/**
 * Nodes on the learned curve or surface, with respect to length or area: half of them even over all of it inside the
 * box of the level set, the others about the points.
 *
 * @param points training points moved onto the manifold, `[count, n]`
 * @returns tensors that the caller owns
 * @throws ConvergenceError `empty-manifold` when F has no zeros in the box
 */
export async function densityNodes(
  config: EbimConfig,
  constraint: Constraint,
  points: tf.Tensor,
  key: Key,
): Promise<IntegrationNodes> {
  const { count, scales } = config.density.nodes;
  const levelSet = await learnedLevelSet(config, constraint);
  if (levelSet === null || !isManifold(levelSet))
    throw new ConvergenceError({
      code: 'empty-manifold',
      where: 'trainDensity({ negatives: nodes })',
      expected: 'zeros of F in evaluation.meshBox',
      received: 'none',
      hint: 'F may be zero everywhere, or nowhere: train longer, or raise rankWeight.',
    });
  const [uniformKey, nodeKey] = split(key);
  const uniform = uniformOnLevelSet(levelSet, constraint, count, uniformKey);
  try {
    const size = diameter(pointsOf(Float64Array.from(await points.data()), points.shape[1] as number));
    return await importanceNodes(constraint, {
      uniform,
      volume: levelSet.volume,
      centres: points,
      scales: scales.map((scale) => scale * size),
      count,
      key: nodeKey,
    });
  } finally {
    uniform.dispose();
  }
}
