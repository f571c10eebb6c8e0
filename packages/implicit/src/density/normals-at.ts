import { jacobian } from '@ebim/autodiff';
import type { Constraint } from '@ebim/samplers';
import type * as tf from '@tensorflow/tfjs';
import { orthonormalRows } from './tangent-kernels.js';

/** Orthonormal normals of a manifold at points `[count, n]`, on the host: `[count, k, n]`. */
export async function normalsAt(
  constraint: Constraint,
  points: tf.Tensor,
): Promise<{ rows: Float64Array; codimension: number }> {
  const rows = jacobian(constraint)(points);
  const [, k, n] = rows.shape;
  const values = await rows.data();
  rows.dispose();
  return { rows: orthonormalRows(values, k, n), codimension: k };
}
