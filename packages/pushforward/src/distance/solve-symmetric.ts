/**
 * Solves A x = b for a positive definite A `[m, m]` by Cholesky's method, on the host.
 *
 * @returns `null` if a pivot is not positive
 */
export function solveSymmetric(A: Float64Array, b: Float64Array): Float64Array | null {
  const m = b.length;
  const L = A.slice();
  for (let j = 0; j < m; j++) {
    for (let k = 0; k < j; k++) L[j * m + j] -= L[j * m + k] ** 2;
    if (!(L[j * m + j] > 0)) return null;
    L[j * m + j] = Math.sqrt(L[j * m + j]);
    for (let i = j + 1; i < m; i++) {
      for (let k = 0; k < j; k++) L[i * m + j] -= L[i * m + k] * L[j * m + k];
      L[i * m + j] /= L[j * m + j];
    }
  }
  const x = b.slice();
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < i; k++) x[i] -= L[i * m + k] * x[k];
    x[i] /= L[i * m + i];
  }
  for (let i = m - 1; i >= 0; i--) {
    for (let k = i + 1; k < m; k++) x[i] -= L[k * m + i] * x[k];
    x[i] /= L[i * m + i];
  }
  return x;
}
