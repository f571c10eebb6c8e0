import type * as tf from '@tensorflow/tfjs';

/**
 * Of every matrix J of a batch `½ log det JᵀJ`, which is log |det J| for a square one, in float64 by elimination with
 * pivots.
 *
 * @param J `[batch, k, n]`, k >= n
 */
export async function logVolume(J: tf.Tensor): Promise<number[]> {
  const [batch, k, n] = J.shape as [number, number, number];
  const values = await J.data();
  return Array.from({ length: batch }, (_, b) => {
    const at = (i: number, j: number): number => values[(b * k + i) * n + j];
    const range = Array.from({ length: n }, (__, i) => i);
    const square = k === n;
    const matrix = range.map((i) =>
      range.map((j) => {
        if (square) return at(i, j);
        let sum = 0;
        for (let row = 0; row < k; row++) sum += at(row, i) * at(row, j);
        return sum;
      }),
    );
    return (square ? 1 : 0.5) * logAbsDet(matrix);
  });
}

/** log |det|; destroys the matrix. */
function logAbsDet(matrix: number[][]): number {
  const n = matrix.length;
  let log = 0;
  for (let j = 0; j < n; j++) {
    let pivot = j;
    for (let i = j + 1; i < n; i++) if (Math.abs(matrix[i][j]) > Math.abs(matrix[pivot][j])) pivot = i;
    [matrix[j], matrix[pivot]] = [matrix[pivot], matrix[j]];
    log += Math.log(Math.abs(matrix[j][j]));
    for (let i = j + 1; i < n; i++) {
      const factor = matrix[i][j] / matrix[j][j];
      for (let l = j; l < n; l++) matrix[i][l] -= factor * matrix[j][l];
    }
  }
  return log;
}
