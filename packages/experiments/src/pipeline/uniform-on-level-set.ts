import { uniformArray, type Key } from '@ebim/runtime';
import { projectToManifold, type Constraint } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import type { LevelSet } from '../evaluation/level-set.js';

/**
 * Points spread evenly over a learned curve or surface: one in each of `count` shares of its length or area, at random in
 * it, moved onto the manifold.
 *
 * @returns `[count, n]`; the caller owns it
 */
export function uniformOnLevelSet(
  levelSet: LevelSet,
  constraint: Constraint,
  count: number,
  key: Key,
): tf.Tensor {
  const { vertices, elements } = levelSet;
  const n = vertices.columns;
  const [perElement, corners] =
    levelSet.kind === 'curve' ? [2, levelSet.curve.edges] : [3, levelSet.mesh.triangles];
  const draws = uniformArray(key, 3 * count);
  const total = elements.reduce((sum, size) => sum + size, 0);
  const data = new Float32Array(count * n);
  let element = 0;
  let reached = elements[0];
  for (let i = 0; i < count; i++) {
    const level = ((i + draws[3 * i]) / count) * total;
    while (reached <= level && element < elements.length - 1) reached += elements[++element];
    const shares = sharesOf(perElement, draws[3 * i + 1], draws[3 * i + 2]);
    shares.forEach((share, c) => {
      const corner = corners[perElement * element + c];
      for (let d = 0; d < n; d++) data[i * n + d] += share * vertices.data[corner * n + d];
    });
  }
  return tf.tidy(() => projectToManifold(constraint, tf.tensor2d(data, [count, n])).position);
}

/** Weights of the corners of a point that is uniform in an edge or, by the root, in a triangle. */
function sharesOf(corners: number, u: number, v: number): readonly number[] {
  if (corners === 2) return [1 - u, u];
  const root = Math.sqrt(u);
  return [1 - root, root * (1 - v), root * v];
}
