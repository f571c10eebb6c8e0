import type { Points } from '@ebim/datasets';
import { DataError } from '@ebim/runtime';

/** The circle that points in space lie on, and how well. */
export interface CircleFit {
  readonly center: readonly [number, number, number];
  /** Unit normal of the plane, first nonzero coordinate positive. */
  readonly normal: readonly [number, number, number];
  /** Mean distance of the points from the centre, within the plane. */
  readonly radius: number;
  /** Standard deviation of that distance. */
  readonly radiusSpread: number;
  /** Root mean square distance of the points from the plane. */
  readonly offPlane: number;
}

type Vector = [number, number, number];

/**
 * Fits a circle to points in space: the plane x = a + b y + c z by least squares, then in it the circle with the least
 * algebraic error (Kasa). For circles whose plane is not parallel to the x axis.
 *
 * @param points `[count, 3]`, at least three
 * @throws DataError `too-few-points`, `not-a-circle` for points on one line
 */
export function fitCircle(points: Points): CircleFit {
  const { data, rows } = points;
  if (rows < 3 || points.columns !== 3)
    throw new DataError({
      code: 'too-few-points',
      where: 'fitCircle(points)',
      expected: 'at least three points in space',
      received: `${rows} of ${points.columns} coordinates`,
    });
  const at = (i: number): Vector => [data[3 * i], data[3 * i + 1], data[3 * i + 2]];
  const every = Array.from({ length: rows }, (_, i) => at(i));
  const plane = leastSquares(every.map(([x, y, z]) => ({ row: [1, y, z], target: x })));
  const normal = scaled([1, -plane[1], -plane[2]], 1 / Math.hypot(1, plane[1], plane[2]));
  const height = plane[0] * normal[0];
  const across = scaled([plane[1], 1, 0], 1 / Math.hypot(plane[1], 1));
  const along = cross(normal, across);

  const flat = every.map((p) => [dot(p, across), dot(p, along)] as const);
  const [c0, c1, c2] = leastSquares(flat.map(([u, v]) => ({ row: [1, u, v], target: u * u + v * v })));
  const [u0, v0] = [c1 / 2, c2 / 2];
  if (!(c0 + u0 * u0 + v0 * v0 > 0)) throw notACircle();
  const radii = flat.map(([u, v]) => Math.hypot(u - u0, v - v0));
  const radius = mean(radii);
  const center = [0, 1, 2].map((d) => height * normal[d] + u0 * across[d] + v0 * along[d]);
  return {
    center: [center[0], center[1], center[2]],
    normal,
    radius,
    radiusSpread: Math.sqrt(mean(radii.map((r) => (r - radius) ** 2))),
    offPlane: Math.sqrt(mean(every.map((p) => (dot(p, normal) - height) ** 2))),
  };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const scaled = (a: Vector, s: number): Vector => [a[0] * s, a[1] * s, a[2] * s];
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

const notACircle = (): DataError =>
  new DataError({
    code: 'not-a-circle',
    where: 'fitCircle(points)',
    expected: 'points that are not on one line',
    received: 'a system without a solution',
  });

/** Solves the normal equations of three unknowns by Cramer's rule. */
function leastSquares(equations: readonly { readonly row: Vector; readonly target: number }[]): Vector {
  const columns: [Vector, Vector, Vector] = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ];
  const right: Vector = [0, 0, 0];
  for (const { row, target } of equations)
    for (let i = 0; i < 3; i++) {
      right[i] += row[i] * target;
      for (let j = 0; j < 3; j++) columns[j][i] += row[i] * row[j];
    }
  const determinant = dot(columns[0], cross(columns[1], columns[2]));
  const size = columns.reduce((product, column) => product * Math.hypot(...column), 1);
  if (!(Math.abs(determinant) > 1e-12 * size)) throw notACircle();
  const [a, b, c] = columns;
  return scaled([dot(right, cross(b, c)), dot(a, cross(right, c)), dot(a, cross(b, right))], 1 / determinant);
}
