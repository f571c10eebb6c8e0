import * as tf from '@tensorflow/tfjs';

/*
 * Factors and substitutions column by column out of operations that every backend has, for those that compute
 * elsewhere than on the host.
 */

/** As the kernel `CHOLESKY` of @ebim/runtime. */
export function unrolledFactor(A: tf.Tensor): [factor: tf.Tensor, positiveDefinite: tf.Tensor] {
  const [, k] = A.shape;
  const batch = A.shape[0];
  const columns: tf.Tensor[] = [];
  let definite: tf.Tensor = tf.ones([batch, 1], 'bool');
  let rest: tf.Tensor = A;
  for (let j = 0; j < k; j++) {
    const size = k - j;
    const column = tf.reshape(tf.slice(rest, [0, 0, 0], [batch, size, 1]), [batch, size]);
    const pivot = tf.slice(column, [0, 0], [batch, 1]);
    const positive = tf.logicalAnd(tf.greater(pivot, 0), tf.isFinite(tf.sum(column, 1, true)));
    definite = tf.logicalAnd(definite, positive);
    const root = tf.sqrt(tf.where(positive, pivot, tf.onesLike(pivot)));
    // Not by tf.broadcastTo, which leaves one row where the batch has none.
    const unit = tf.tile(firstUnitVector(size), [batch, 1]);
    const usable = tf.broadcastTo(positive, [batch, size]);
    const scaled = tf.where(usable, tf.div(column, root), unit);
    columns.push(j === 0 ? scaled : tf.concat([tf.zeros([batch, j]), scaled], 1));
    if (size > 1) {
      const below = tf.slice(scaled, [0, 1], [batch, size - 1]);
      const outer = tf.mul(tf.expandDims(below, 2), tf.expandDims(below, 1));
      rest = tf.sub(tf.slice(rest, [0, 1, 1], [batch, size - 1, size - 1]), outer);
    }
  }
  const factor = columns.length === 1 ? tf.expandDims(columns[0], 2) : tf.stack(columns, 2);
  return [factor, tf.reshape(definite, [batch])];
}

/** As the kernel `TRIANGULAR_SOLVE` of @ebim/runtime; `B` is `[batch, k, m]`. */
export function unrolledSolve(L: tf.Tensor, B: tf.Tensor, transpose: boolean): tf.Tensor {
  const [, k, m] = B.shape;
  const batch = L.shape[0];
  let rest = B;
  const rows: tf.Tensor[] = [];
  for (let j = 0; j < k; j++) {
    // Forward substitution takes the rows of x from the first to the last, backward substitution the other way.
    const size = k - j;
    const at = transpose ? size - 1 : j;
    const diagonal = tf.slice(L, [0, at, at], [batch, 1, 1]);
    const row = tf.div(tf.slice(rest, [0, transpose ? size - 1 : 0, 0], [batch, 1, m]), diagonal);
    rows.push(row);
    if (size > 1) {
      const coupling = transpose
        ? tf.reshape(tf.slice(L, [0, at, 0], [batch, 1, size - 1]), [batch, size - 1, 1])
        : tf.slice(L, [0, j + 1, j], [batch, size - 1, 1]);
      const others = tf.slice(rest, [0, transpose ? 0 : 1, 0], [batch, size - 1, m]);
      rest = tf.sub(others, tf.mul(coupling, row));
    }
  }
  if (transpose) rows.reverse();
  return rows.length === 1 ? rows[0] : tf.concat(rows, 1);
}

function firstUnitVector(size: number): tf.Tensor {
  const entries = new Float32Array(size);
  entries[0] = 1;
  return tf.tensor(entries, [1, size]);
}
