import { toTensor, type Points } from '@ebim/datasets';
import { projectToManifold } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import type { LearnedDensity } from '../pipeline/models.js';
import type { Likelihood } from './run-metrics.js';
import { evenRows } from './wasserstein.js';

/** Points of which all pairs are looked at; of more, so many at even distances. */
const PAIRED_POINTS = 4000;

/** Points projected at once. */
const CHUNK = 20_000;

/** Largest distance between two of the points. */
export function diameter(points: Points): number {
  const { data, rows, columns } = evenRows(points, PAIRED_POINTS);
  let largest = 0;
  for (let i = 0; i < rows; i++)
    for (let j = i + 1; j < rows; j++) {
      let sum = 0;
      for (let d = 0; d < columns; d++) sum += (data[i * columns + d] - data[j * columns + d]) ** 2;
      largest = Math.max(largest, sum);
    }
  return Math.sqrt(largest);
}

/**
 * Mean log density of points on the learned manifold, with respect to its length or area. Points off the manifold have
 * none, so each is taken at its projection; how far that is, `farShare` tells.
 *
 * @param model F and E
 * @param points in the coordinates of the model
 * @param measure what the points are held against
 * @param measure.logZ log of the integral of exp(-E) over the learned manifold
 * @param measure.farDistance distance from which a point counts as far
 */
export async function likelihood(
  model: LearnedDensity,
  points: Points,
  measure: { readonly logZ: number; readonly farDistance: number },
): Promise<Likelihood> {
  const { logZ, farDistance } = measure;
  const values: number[] = [];
  let far = 0;
  for (let start = 0; start < points.rows; start += CHUNK) {
    const rows = Math.min(CHUNK, points.rows - start);
    const { columns } = points;
    const data = points.data.subarray(start * columns, (start + rows) * columns);
    const tensors = tf.tidy(() => {
      const x = toTensor({ data, rows, columns });
      const { position, status } = projectToManifold(model.constraint, x);
      return [tf.neg(model.energy(position)), status.converged, tf.norm(tf.sub(position, x), 'euclidean', 1)];
    });
    const [minusEnergy, converged, distance] = await Promise.all(tensors.map((tensor) => tensor.data()));
    tf.dispose(tensors);
    converged.forEach((reached, i) => {
      if (reached === 0 || !Number.isFinite(minusEnergy[i])) return;
      values.push(minusEnergy[i] - logZ);
      if (distance[i] > farDistance) far++;
    });
  }
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    points: points.rows,
    meanLogDensity: mean,
    meanLogDensityError: Math.sqrt(squares / (values.length - 1) / values.length),
    farShare: far / points.rows,
    projectionFailed: 1 - values.length / points.rows,
  };
}
