import * as tf from '@tensorflow/tfjs';

/** Applies a function of rows to n rows for each point: `[batch, n, ...] -> [batch, n, ...]`. */
export function overTangents(f: (rows: tf.Tensor) => tf.Tensor, tangents: tf.Tensor): tf.Tensor {
  const [batch, n, ...shape] = tangents.shape;
  const rows = f(tf.reshape(tangents, [batch * n, ...shape]));
  return tf.reshape(rows, [batch, n, ...rows.shape.slice(1)]);
}
