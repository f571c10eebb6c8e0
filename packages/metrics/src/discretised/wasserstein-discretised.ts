import { DataError, ShapeError } from '@ebim/runtime';
import { checkPoints, type Points } from '../points.js';
import type { GroundMetric } from '../transport/cost.js';
import {
  optimalTransport,
  type OptimalTransportOptions,
  type OptimalTransportResult,
} from '../transport/optimal-transport.js';
import { anchorAt, type CellAnchor, type CellGrid } from './cell-grid.js';
import {
  cellHistogram,
  type CellArea,
  type CellHistogramOptions,
  type DensityPoints,
} from './cell-histogram.js';

/** Weighted points, compared where they are. */
export interface WeightedPoints {
  readonly points: Points;
  /** Mass of each point, in any unit. Default: equal. */
  readonly weights?: ArrayLike<number>;
}

/** What the model is compared with: a density, put into the same cells, or points as they are. */
export type TransportReference =
  | ({
      readonly kind: 'density';
      /** As for the model, for the reference points. Default `equal`. */
      readonly area?: CellArea;
    } & DensityPoints)
  | ({ readonly kind: 'points' } & WeightedPoints);

/** Options of {@link wassersteinDiscretised}. */
export interface WassersteinOptions extends CellHistogramOptions {
  /** Ground cost. `euclidean` (default) gives W1, `sqeuclidean` gives W2 squared. */
  readonly metric?: GroundMetric;
  /** Divide the cost by its maximum over all cells of the grid x all reference places. Default false. */
  readonly normalise?: boolean;
  /** Options of the solver. */
  readonly solver?: Pick<OptimalTransportOptions, 'maxIterations'>;
}

/** What {@link wassersteinDiscretised} measured. */
export interface WassersteinResult {
  /** Optimal transport cost, in the units of the metric, divided by `largestCost` when `normalise` is set. */
  readonly value: number;
  /** Proven bound of the error of `value`. */
  readonly dualityGap: number;
  readonly status: OptimalTransportResult['status'];
  /** Largest ground cost of the protocol: D^2 for `sqeuclidean`, D for `euclidean`. */
  readonly largestCost: number;
  /** Occupied cells of the model. */
  readonly modelCells: number;
  /** Occupied cells or points of the reference. */
  readonly referencePlaces: number;
  /** Model points outside the box. */
  readonly dropped: number;
}

/** Largest squared distance between a reference place and any cell of the grid, occupied or not. */
function largestSquaredDistance(grid: CellGrid, anchor: CellAnchor, places: Points): number {
  const last = grid.ticks - 2;
  const ends = grid.lower.map((_, axis) => [0, last].map((i) => anchorAt(grid, axis, i, anchor)));
  let largest = 0;
  for (let k = 0; k < places.rows; k++) {
    let sum = 0;
    for (let axis = 0; axis < places.columns; axis++) {
      const x = places.data[k * places.columns + axis];
      sum += Math.max((x - ends[axis][0]) ** 2, (x - ends[axis][1]) ** 2);
    }
    largest = Math.max(largest, sum);
  }
  return largest;
}

/** Two opposite corners of the grid are as far apart as any two cells. */
function extremeAnchors(grid: CellGrid, anchor: CellAnchor): Points {
  const data = Float64Array.from(grid.lower, (_, axis) => anchorAt(grid, axis, 0, anchor));
  return { data, rows: 1, columns: grid.lower.length };
}

function referenceMeasure(
  reference: TransportReference,
  options: WassersteinOptions,
): { positions: Points; masses: ArrayLike<number>; farthest: Points } {
  const { grid, anchor = 'centre' } = options;
  if (reference.kind === 'density') {
    const { positions, masses } = cellHistogram(reference, { grid, anchor, area: reference.area });
    return { positions, masses, farthest: extremeAnchors(grid, anchor) };
  }
  const where = 'wassersteinDiscretised: reference';
  const { points, weights = new Float64Array(points.rows).fill(1) } = reference;
  checkPoints(points, where);
  if (points.columns !== grid.lower.length || weights.length !== points.rows) {
    throw new ShapeError({
      code: 'shape-mismatch',
      where,
      expected: `points of ${grid.lower.length} coordinates and one weight each`,
      received: `${points.rows} x ${points.columns} points, ${weights.length} weights`,
    });
  }
  const bad = points.data.findIndex((x) => !Number.isFinite(x));
  if (bad !== -1) {
    const details = { row: Math.floor(bad / points.columns) };
    const received = `${points.data[bad]} in row ${details.row}`;
    throw new DataError({ code: 'point-not-finite', where, expected: 'finite points', received, details });
  }
  return { positions: points, masses: weights, farthest: points };
}

/**
 * Exact optimal transport between a model density on its manifold, discretised on cells, and a reference.
 *
 * The model is a set of points that cover its manifold with the density at each. The reference is either a density
 * on known points, put into the same cells, or data points, left where they are.
 *
 * @throws ShapeError, DataError, ConfigError when the inputs do not fit together (see `cellHistogram`,
 * `optimalTransport`)
 * @example
 * ```ts
 * const points = { data: Float64Array.of(0.5, 1.5), rows: 2, columns: 1 };
 * const grid = { lower: [0], upper: [4], ticks: 5 };
 * const model = { points, density: [1, 1] };
 * const reference = { kind: 'points', points: { data: Float64Array.of(3.5), rows: 1, columns: 1 } } as const;
 * console.log(wassersteinDiscretised(model, reference, { grid }).value); // 2.5
 * ```
 */
export function wassersteinDiscretised(
  model: DensityPoints,
  reference: TransportReference,
  options: WassersteinOptions,
): WassersteinResult {
  const { grid, anchor = 'centre', metric = 'euclidean', normalise = false, solver = {} } = options;
  const histogram = cellHistogram(model, options);
  const { positions, masses, farthest } = referenceMeasure(reference, options);
  const squared = largestSquaredDistance(grid, anchor, farthest);
  const largestCost = metric === 'sqeuclidean' ? squared : Math.sqrt(squared);
  const solved = optimalTransport(
    histogram.masses,
    masses,
    { source: histogram.positions, target: positions, metric },
    { ...solver, normalise: true },
  );
  const unit = normalise ? largestCost : 1;
  return {
    value: solved.cost / unit,
    dualityGap: solved.dualityGap / unit,
    status: solved.status,
    largestCost,
    modelCells: histogram.masses.length,
    referencePlaces: positions.rows,
    dropped: histogram.dropped,
  };
}
