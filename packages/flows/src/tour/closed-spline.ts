import { DataError, ShapeError } from '@ebim/runtime';

/** The decay of a tangent's weights: the small root of z² + 4 z + 1. */
const DECAY = Math.sqrt(3) - 2;

/**
 * The closed cubic spline through some points: twice continuously differentiable, at the k-th of K points at t = k / K, and
 * again at the first one at t = 1. t counts on beyond that.
 *
 * Between two points it is the cubic with their tangents m, for which m(k-1) + 4 m(k) + m(k+1) = 3 (p(k+1) - p(k-1)),
 * indices modulo K. That is a convolution, whose inverse has weights z^|j| / (2 sqrt 3), z = sqrt 3 - 2, wrapped around.
 *
 * @param wayPoints K of them, two at least, with n finite coordinates each; two are joined by a line there and back
 * @returns a function that gives the n coordinates at t
 * @throws DataError `too-few-way-points`, `non-finite-way-points`; ShapeError `ragged-way-points`
 *
 * @example
 * ```ts
 * const at = closedSpline([[1, 0], [0, 1], [-1, 0], [0, -1]]);
 * at(0.25); // [0, 1]
 * at(0.125); // [0.6875, 0.6875]
 * ```
 */
export function closedSpline(wayPoints: readonly ArrayLike<number>[]): (t: number) => number[] {
  checkWayPoints(wayPoints);
  const count = wayPoints.length;
  const points = wayPoints.map((point) => Array.from(point));
  const at = (k: number): readonly number[] => points[((k % count) + count) % count];
  const scale = 3 / (2 * Math.sqrt(3) * (1 - DECAY ** count));
  const weights = points.map((_, j) => scale * (DECAY ** j + DECAY ** (count - j)));
  const tangents = points.map((point, k) =>
    point.map((_, a) =>
      weights.reduce((sum, weight, j) => sum + weight * (at(k + j + 1)[a] - at(k + j - 1)[a]), 0),
    ),
  );
  return (t) => {
    const place = count * (t - Math.floor(t));
    const k = Math.min(Math.floor(place), count - 1);
    const s = place - k;
    const [from, to] = [points[k], at(k + 1)];
    const [leaving, arriving] = [tangents[k], tangents[(k + 1) % count]];
    return from.map(
      (start, a) =>
        (1 + 2 * s) * (1 - s) ** 2 * start +
        s * (1 - s) ** 2 * leaving[a] +
        s ** 2 * (3 - 2 * s) * to[a] +
        s ** 2 * (s - 1) * arriving[a],
    );
  };
}

function checkWayPoints(wayPoints: readonly ArrayLike<number>[]): void {
  const where = 'closedSpline(wayPoints)';
  if (wayPoints.length < 2)
    throw new DataError({
      code: 'too-few-way-points',
      where,
      expected: 'at least two way-points',
      received: String(wayPoints.length),
    });
  const size = wayPoints[0].length;
  const odd = wayPoints.findIndex(({ length }) => length !== size || length === 0);
  if (odd >= 0)
    throw new ShapeError({
      code: 'ragged-way-points',
      where,
      expected: 'way-points of equally many coordinates, one at least',
      received: `${size} in way-point 0 and ${wayPoints[odd].length} in way-point ${odd}`,
    });
  const bad = wayPoints.findIndex((point) => !Array.from(point).every(Number.isFinite));
  if (bad >= 0)
    throw new DataError({
      code: 'non-finite-way-points',
      where,
      expected: 'finite coordinates',
      received: `[${Array.from(wayPoints[bad]).join(', ')}] in way-point ${bad}`,
      hint: 'Encode points that the model can encode.',
    });
}
