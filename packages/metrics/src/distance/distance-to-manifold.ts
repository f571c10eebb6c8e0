import { ConfigError, ConvergenceError, DataError } from '@ebim/runtime';
import { checkPoints, type Points } from '../points.js';
import { summaryStatistics, type SummaryStatistics } from '../statistics/summary.js';
import {
  searchClosestPoint,
  type ClosestPoint,
  type ClosestPointStatus,
  type ClosestPointTolerances,
  type Search,
} from './closest-point.js';
import { asBatched, type BatchedConstraint, type ManifoldConstraint } from './constraint.js';
import { nearestRows } from './nearest-starts.js';
import { penaltyClosestPoints } from './penalty.js';

/** Options of {@link distanceToManifold}. */
export interface ManifoldDistanceOptions {
  /**
   * `lagrangian` (default): Newton on the Lagrangian, each point by itself. `penalty`: the reference
   * implementation's joint minimisation of |x - xi|^2 + weight |F|^2, for comparison with published numbers.
   */
  readonly method?: 'lagrangian' | 'penalty';
  /** Newton steps a point. Default 100. Only `lagrangian`. */
  readonly maxIterations?: number;
  /** Points on or near the manifold to start from as well, against local minima. Only `lagrangian`. */
  readonly starts?: Points;
  /** How many of `starts`, the nearest ones, each point tries besides itself. Default 1. */
  readonly startsPerPoint?: number;
  /** Default 1e10. Only `penalty`. */
  readonly weight?: number;
  /** Steps of L-BFGS, of up to 20 iterations each. Default 100. Only `penalty`. */
  readonly steps?: number;
}

/** Distances of points to a manifold. */
export interface ManifoldDistances {
  /** [rows]; NaN where no point of the manifold was found. */
  readonly distances: Float64Array;
  /** The closest points found, [rows, n]. */
  readonly positions: Points;
  /** |F| at these, [rows]. */
  readonly violations: Float64Array;
  readonly status: readonly ClosestPointStatus[];
  /** Rows with status `off-manifold` or `not-finite`; they are not in the summary. */
  readonly failed: number;
  readonly summary: SummaryStatistics;
}

/** Runs searches in lock step: each round evaluates the constraint once, at all points asked for. */
async function runTogether<R>(searches: Search<R>[], constraint: BatchedConstraint): Promise<R[]> {
  const { dimension: n, codimension: k } = constraint;
  const results = new Array<R>(searches.length);
  let active: { search: Search<R>; at: number; request: Float64Array }[] = [];
  searches.forEach((search, at) => {
    const first = search.next();
    if (first.done) results[at] = first.value;
    else active.push({ search, at, request: first.value });
  });
  while (active.length > 0) {
    const data = new Float64Array(active.length * n);
    active.forEach(({ request }, i) => data.set(request, i * n));
    const { value, jacobian } = await constraint.evaluate({ data, rows: active.length, columns: n });
    const next: typeof active = [];
    active.forEach(({ search, at }, i) => {
      const answer = search.next({
        value: value.slice(i * k, (i + 1) * k),
        jacobian: jacobian.slice(i * k * n, (i + 1) * k * n),
      });
      if (answer.done) results[at] = answer.value;
      else next.push({ search, at, request: answer.value });
    });
    active = next;
  }
  return results;
}

const reached = (point: ClosestPoint) => point.status === 'converged' || point.status === 'stalled';

function better(a: ClosestPoint, b: ClosestPoint): ClosestPoint {
  if (reached(a) !== reached(b)) return reached(a) ? a : b;
  return b.distance < a.distance ? b : a;
}

async function lagrangianClosestPoints(
  constraint: BatchedConstraint,
  points: Points,
  options: ManifoldDistanceOptions,
): Promise<ClosestPoint[]> {
  const { maxIterations = 100, starts, startsPerPoint = 1 } = options;
  const epsilon = constraint.epsilon ?? Number.EPSILON;
  const tolerances: ClosestPointTolerances = {
    constraint: 64 * epsilon,
    stationarity: Math.max(1e-10, 64 * epsilon),
    maxIterations,
    difference: Math.cbrt(epsilon),
  };
  const n = points.columns;
  const searches: Search<ClosestPoint>[] = [];
  const owner: number[] = [];
  for (let row = 0; row < points.rows; row++) {
    const target = points.data.slice(row * n, (row + 1) * n);
    const extra = starts === undefined ? [] : nearestRows(starts, points.data, row * n, startsPerPoint);
    const from = [target, ...extra.map((start) => (starts as Points).data.slice(start * n, (start + 1) * n))];
    for (const start of from) {
      searches.push(searchClosestPoint(target, start, tolerances));
      owner.push(row);
    }
  }
  const found = await runTogether(searches, constraint);
  const best = new Array<ClosestPoint>(points.rows);
  found.forEach((point, i) => {
    const row = owner[i];
    best[row] = best[row] === undefined ? point : better(best[row], point);
  });
  return best;
}

function checkOptions(options: ManifoldDistanceOptions): void {
  const { method = 'lagrangian', maxIterations = 1, startsPerPoint = 1, steps = 1, weight = 1 } = options;
  const fail = (name: string, expected: string, received: unknown) => {
    const where = `distanceToManifold: ${name}`;
    throw new ConfigError({ code: 'invalid-option', where, expected, received: String(received) });
  };
  if (method !== 'lagrangian' && method !== 'penalty') fail('method', "'lagrangian' or 'penalty'", method);
  for (const [name, value] of Object.entries({ maxIterations, startsPerPoint, steps })) {
    if (!(Number.isInteger(value) && value >= 1)) fail(name, 'a whole number >= 1', value);
  }
  if (!(weight > 0 && weight < Infinity)) fail('weight', 'a positive number', weight);
}

/**
 * Distance of each point to the manifold {F = 0}: min |x - xi| subject to F(x) = 0, started at xi (spec 1.14,
 * Table 3 of the paper). A local minimum is found; `starts` makes it near global.
 *
 * @param constraint F with its Jacobian: a host function of one point, or a batched constraint (`tensorConstraint`,
 * `hostMlp(...).constraint`)
 * @throws ShapeError when points and constraint do not fit
 * @throws DataError when there are no points
 * @throws ConfigError for impossible options
 * @throws ConvergenceError when no point reached the manifold
 * @example
 * ```ts
 * const circle = ([x, y]: Float64Array) => ({
 *   value: Float64Array.of(x * x + y * y - 1),
 *   jacobian: Float64Array.of(2 * x, 2 * y),
 * });
 * const points = { data: Float64Array.of(2, 0, 0.6, 0.8), rows: 2, columns: 2 };
 * const { distances } = await distanceToManifold(circle, points);
 * console.log(distances); // [1, 0]
 * ```
 */
export async function distanceToManifold(
  constraint: ManifoldConstraint,
  points: Points,
  options: ManifoldDistanceOptions = {},
): Promise<ManifoldDistances> {
  const where = 'distanceToManifold';
  checkOptions(options);
  checkPoints(points, where);
  if (points.rows === 0) {
    throw new DataError({ code: 'no-points', where, expected: 'one point or more', received: 'none' });
  }
  const batched = asBatched(constraint, points.columns, where);
  if (options.starts !== undefined) {
    checkPoints(options.starts, `${where}: starts`);
    asBatched(batched, options.starts.columns, `${where}: starts`);
  }
  const { method = 'lagrangian', weight = 1e10, steps = 100 } = options;
  const found =
    method === 'lagrangian'
      ? await lagrangianClosestPoints(batched, points, options)
      : await penaltyClosestPoints(batched, points, { weight, steps });

  const good = found.filter(reached);
  if (good.length === 0) {
    throw new ConvergenceError({
      code: 'manifold-not-reached',
      where,
      expected: 'a point of the manifold near at least one of the points',
      received: `status ${[...new Set(found.map((point) => point.status))].join(', ')} for all ${points.rows}`,
      hint: 'Check that F has a zero and that its Jacobian is right.',
    });
  }
  const data = new Float64Array(points.data.length);
  found.forEach((point, row) => data.set(point.position, row * points.columns));
  return {
    distances: Float64Array.from(found, (point) => point.distance),
    positions: { data, rows: points.rows, columns: points.columns },
    violations: Float64Array.from(found, (point) => point.violation),
    status: found.map((point) => point.status),
    failed: found.length - good.length,
    summary: summaryStatistics(good.map((point) => point.distance)),
  };
}
