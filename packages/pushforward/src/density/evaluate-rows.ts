import type { Points } from '@ebim/metrics';
import * as tf from '@tensorflow/tfjs';

/** Rows evaluated at once: bounds the memory of Jacobians. */
const CHUNK = 16_384;

/**
 * Calls a function of tensors `[batch, m]` on rows of the host, in chunks.
 *
 * @returns each of its values, `[rows * size]` row after row
 */
export async function evaluateRows(
  f: (z: tf.Tensor) => readonly tf.Tensor[],
  points: Points,
): Promise<Float64Array[]> {
  const { data, rows, columns } = points;
  const results: Float64Array[] = [];
  for (let start = 0; start < rows; start += CHUNK) {
    const count = Math.min(CHUNK, rows - start);
    const part = Float32Array.from(data.subarray(start * columns, (start + count) * columns));
    const values = tf.tidy(() => [...f(tf.tensor2d(part, [count, columns]))]);
    for (const [i, value] of values.entries()) {
      results[i] ??= new Float64Array((value.size / count) * rows);
      results[i].set(await value.data(), (value.size / count) * start);
      value.dispose();
    }
  }
  return results;
}
