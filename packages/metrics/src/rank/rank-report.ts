import { DataError } from '@ebim/runtime';
import { asBatched, type ManifoldConstraint } from '../distance/constraint.js';
import { dot } from '../distance/normal-space.js';
import { checkPoints, type Points } from '../points.js';

/** How far the Jacobian of F is from losing rank along a manifold. */
export interface RankReport {
  /** Smallest singular value of J over all points. */
  readonly min: number;
  /** The value below which one hundredth of the points have their smallest singular value. */
  readonly onePercent: number;
  readonly median: number;
  /** Largest singular value over all points. */
  readonly max: number;
  /** Where the smallest is, `[n]`. */
  readonly at: Float64Array;
}

/** Sweeps after which the rotations have long converged: they do so quadratically, in fewer than ten. */
const SWEEPS = 60;

/**
 * Singular values of a wide matrix `[k, n]`, largest first, by one-sided Jacobi rotations of its rows: small ones keep
 * their relative precision.
 */
export function singularValues(matrix: ArrayLike<number>, columns: number): Float64Array {
  const k = matrix.length / columns;
  const rows = Array.from({ length: k }, (_, i) =>
    Float64Array.from({ length: columns }, (__, d) => matrix[i * columns + d]),
  );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rotated = false;
    for (let i = 0; i < k; i++) for (let j = i + 1; j < k; j++) rotated = rotate(rows[i], rows[j]) || rotated;
    if (!rotated) break;
  }
  return Float64Array.from(rows, (row) => Math.sqrt(dot(row, row)))
    .sort()
    .reverse();
}

/** Makes two rows orthogonal; false if they were. */
function rotate(a: Float64Array, b: Float64Array): boolean {
  const [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
  if (!(Math.abs(ab) > Number.EPSILON * Math.sqrt(aa * bb))) return false;
  const zeta = (bb - aa) / (2 * ab);
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = cosine * tangent;
  for (let d = 0; d < a.length; d++) {
    const [x, y] = [a[d], b[d]];
    a[d] = cosine * x - sine * y;
    b[d] = sine * x + cosine * y;
  }
  return true;
}

/**
 * Smallest singular values of the Jacobian of F at points of its zero set: condition (3) of a manifold (spec 1.2), and
 * where it is nearest to failing. Near 0 the zero set may have an edge, cross itself or be thick there.
 *
 * @param points on the manifold, `[rows, n]`
 * @throws ShapeError when points and constraint do not fit; DataError when there are no points or J is not finite
 * @example
 * ```ts
 * const ellipse = ([x, y]: Float64Array) => ({
 *   value: Float64Array.of(x * x / 4 + y * y - 1),
 *   jacobian: Float64Array.of(x / 2, 2 * y),
 * });
 * const points = { data: Float64Array.of(2, 0, 0, 1), rows: 2, columns: 2 };
 * const { min, at } = await rankReport(ellipse, points);
 * console.log(min, at); // 1 [2, 0]
 * ```
 */
export async function rankReport(constraint: ManifoldConstraint, points: Points): Promise<RankReport> {
  const where = 'rankReport';
  checkPoints(points, where);
  const { rows, columns: n, data } = points;
  if (rows === 0)
    throw new DataError({ code: 'no-points', where, expected: 'one point or more', received: 'none' });
  const batched = asBatched(constraint, n, where);
  const { jacobian } = await batched.evaluate(points);
  const size = batched.codimension * n;
  const smallest = new Float64Array(rows);
  let max = 0;
  let lowest = 0;
  for (let row = 0; row < rows; row++) {
    const values = singularValues(jacobian.subarray(row * size, (row + 1) * size), n);
    smallest[row] = values[values.length - 1];
    if (!Number.isFinite(values[0]))
      throw new DataError({
        code: 'not-finite',
        where,
        expected: 'a finite Jacobian',
        received: `${values[0]} at point ${row}`,
      });
    max = Math.max(max, values[0]);
    if (smallest[row] < smallest[lowest]) lowest = row;
  }
  const sorted = smallest.slice().sort();
  return {
    min: sorted[0],
    onePercent: sorted[Math.floor(0.01 * (rows - 1))],
    median: sorted[Math.floor((rows - 1) / 2)],
    max,
    at: data.slice(lowest * n, (lowest + 1) * n),
  };
}
