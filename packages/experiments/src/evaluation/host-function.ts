import { toTensor, type Points } from '@ebim/datasets';
import * as tf from '@tensorflow/tfjs';

/** A function of points on the host, one number a row. */
export type HostFunction = (points: Points) => Promise<Float64Array>;

/**
 * Calls a tensor function `[batch, n] -> [batch]` or `[batch, 1]` from the host, in chunks, as plots and metrics want
 * their functions.
 */
export function hostFunction(f: (x: tf.Tensor) => tf.Tensor, chunkSize = 50_000): HostFunction {
  return async (points) => {
    const values = new Float64Array(points.rows);
    for (let start = 0; start < points.rows; start += chunkSize) {
      const rows = Math.min(chunkSize, points.rows - start);
      const data = points.data.subarray(start * points.columns, (start + rows) * points.columns);
      const result = tf.tidy(() => f(toTensor({ data, rows, columns: points.columns })));
      values.set(await result.data(), start);
      result.dispose();
    }
    return values;
  };
}

/** The rows of a tensor `[rows, columns]` on the host. The tensor stays the caller's. */
export async function toPoints(tensor: tf.Tensor): Promise<Points> {
  const [rows, columns] = tensor.shape;
  return { data: Float64Array.from(await tensor.data()), rows, columns };
}
