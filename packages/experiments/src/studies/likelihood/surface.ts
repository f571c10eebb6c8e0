import { uniformSphere, uniformTorus, toTensor, type Points } from '@ebim/datasets';
import { sphere, torus } from '@ebim/implicit';
import { split, uniformArray, type Key } from '@ebim/runtime';
import { projectToManifold, type Constraint } from '@ebim/samplers';
import type { Mesh } from '@ebim/plots';
import * as tf from '@tensorflow/tfjs';

/**
 * A surface that densities live on: its function, its area, and points uniform on it, `[any, 3]`, of which training,
 * choosing and testing get a third each.
 */
export interface Surface {
  readonly constraint: Constraint;
  readonly volume: number;
  readonly uniform: tf.Tensor;
}

/** The sphere or the torus itself. The caller owns the points. */
export function knownSurface(kind: 'sphere' | 'torus', count: number, key: Key): Surface {
  const manifold = kind === 'sphere' ? sphere() : torus();
  const law = kind === 'sphere' ? uniformSphere() : uniformTorus();
  return {
    constraint: manifold.constraint,
    volume: manifold.volume,
    uniform: toTensor(law.sample(key, count)),
  };
}

/** Points uniform on a mesh, moved onto the manifold that it was cut from. */
export function uniformOnMesh(
  mesh: Mesh,
  areas: ArrayLike<number>,
  constraint: Constraint,
  count: number,
  key: Key,
): tf.Tensor {
  const [chooseKey, cornerKey] = split(key);
  const sums = Float64Array.from(areas);
  for (let i = 1; i < sums.length; i++) sums[i] += sums[i - 1];
  const total = sums[sums.length - 1];
  const levels = uniformArray(chooseKey, count).map((u) => u * total);
  const corners = uniformArray(cornerKey, 2 * count);
  const rows = Array.from({ length: count }, (_, i) => {
    const face = firstAbove(sums, levels[i]);
    // The root makes the point uniform in the triangle.
    const [root, along] = [Math.sqrt(corners[2 * i]), corners[2 * i + 1]];
    const weights = [1 - root, root * (1 - along), root * along];
    return [0, 1, 2].map((d) =>
      weights.reduce((sum, w, c) => sum + w * mesh.vertices[3 * mesh.triangles[3 * face + c] + d], 0),
    );
  });
  return tf.tidy(() => projectToManifold(constraint, tf.tensor2d(rows)).position);
}

function firstAbove(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Points moved onto a surface, how far each went, and the share of those that did not arrive. */
export async function ontoSurface(
  constraint: Constraint,
  points: tf.Tensor,
): Promise<{ points: tf.Tensor; distances: Float64Array; lost: number }> {
  const { moved, far, arrived } = tf.tidy(() => {
    const { position, status } = projectToManifold(constraint, points);
    return {
      moved: position,
      far: tf.norm(tf.sub(position, points), 2, 1),
      arrived: tf.logicalAnd(status.converged, status.finite),
    };
  });
  const distances = Float64Array.from(await far.data());
  const missing = (await arrived.data()).filter((one) => one === 0).length;
  tf.dispose([far, arrived]);
  return { points: moved, distances, lost: missing / points.shape[0] };
}

/** Random tenths for testing and validation, the rest for training. */
export function tenths(points: Points, order: Int32Array): { test: Points; valid: Points; train: Points } {
  const tenth = Math.floor(points.rows / 10);
  const part = (from: number, to: number): Points => {
    const data = new Float64Array((to - from) * points.columns);
    for (let i = from; i < to; i++)
      data.set(
        points.data.subarray(order[i] * points.columns, (order[i] + 1) * points.columns),
        (i - from) * points.columns,
      );
    return { data, rows: to - from, columns: points.columns };
  };
  return {
    test: part(0, tenth),
    valid: part(tenth, 2 * tenth),
    train: part(2 * tenth, points.rows),
  };
}
