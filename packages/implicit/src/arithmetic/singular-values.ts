/**
 * Singular values of a small matrix in falling order: square roots of the eigenvalues of the smaller of its two Gram
 * matrices, by Jacobi's rotations in float64. NaN where an entry is not finite.
 *
 * @param matrix row-major `[rows, columns]`
 */
export function singularValues(matrix: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const wide = rows <= columns;
  const size = wide ? rows : columns;
  const depth = wide ? columns : rows;
  const entry = (i: number, d: number) => matrix[wide ? i * columns + d : d * columns + i];
  const gram = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => {
      let sum = 0;
      for (let d = 0; d < depth; d++) sum += entry(i, d) * entry(j, d);
      return sum;
    }),
  );
  diagonalise(gram);
  return Float64Array.from(gram, (row, i) => Math.sqrt(Math.max(0, row[i])))
    .sort()
    .reverse();
}

/** Sweeps until what is off the diagonal is rounding. Quadratic convergence: six sweeps are many. */
const SWEEPS = 30;

/** Makes a symmetric matrix diagonal, in place. */
function diagonalise(a: readonly Float64Array[]): void {
  const size = a.length;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    let trace = 0;
    for (let i = 0; i < size; i++) {
      trace += Math.abs(a[i][i]);
      for (let j = 0; j < i; j++) off += Math.abs(a[i][j]);
    }
    if (!(off > 1e-17 * trace)) return;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotatePair(a, p, q);
  }
}

/** The rotation of rows and columns p and q that makes `a[p][q]` zero. */
function rotatePair(a: readonly Float64Array[], p: number, q: number): void {
  if (a[p][q] === 0) return;
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i][p], a[i][q]];
    a[i][p] = c * x - s * y;
    a[i][q] = s * x + c * y;
  }
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[p][i], a[q][i]];
    a[p][i] = c * x - s * y;
    a[q][i] = s * x + c * y;
  }
}
