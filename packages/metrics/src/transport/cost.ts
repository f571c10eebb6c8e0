import { ConfigError, DataError, ShapeError } from '@ebim/runtime';
import { checkPoints, type Points } from '../points.js';

/** Distance between two points, as a ground cost of optimal transport. */
export type GroundMetric = 'euclidean' | 'sqeuclidean';

/** Costs computed from two sets of points; above 16 million pairs row by row, so that no matrix is held. */
export interface PointCost {
  readonly source: Points;
  readonly target: Points;
  /** Default `sqeuclidean`. */
  readonly metric?: GroundMetric;
}

/**
 * Ground cost of optimal transport between `rows` and `columns` masses: a row-major matrix, a function of the two
 * indices, or two sets of points.
 */
export type TransportCost =
  Float64Array | Float32Array | ((row: number, column: number) => number) | PointCost;

/** One row of costs: `values[offset + column]`. Valid until the next call. */
export interface CostRow {
  readonly values: Float64Array | Float32Array;
  readonly offset: number;
}

/** Uniform access to all forms of {@link TransportCost}. */
export interface CostRows {
  readonly at: (row: number, column: number) => number;
  readonly row: (row: number) => CostRow;
}

function matrixCost(values: Float64Array | Float32Array, columns: number): CostRows {
  const current = { values, offset: 0 };
  return {
    at: (row, column) => values[row * columns + column],
    row: (row) => {
      current.offset = row * columns;
      return current;
    },
  };
}

/** Up to this many pairs (128 MB) a computed cost is kept as a matrix: pricing reads each of them many times. */
const largestMatrix = 2 ** 24;

function computedCost(rows: number, columns: number, at: CostRows['at']): CostRows {
  const fill = (row: number, into: Float64Array) => {
    for (let j = 0; j < columns; j++) into[j] = at(row, j);
  };
  if (rows * columns > largestMatrix) return lazyCost(columns, at, fill);
  const values = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) fill(i, values.subarray(i * columns, (i + 1) * columns));
  return matrixCost(values, columns);
}

function lazyCost(
  columns: number,
  at: CostRows['at'],
  fill: (row: number, into: Float64Array) => void,
): CostRows {
  const current = { values: new Float64Array(columns), offset: 0 };
  let held = -1;
  return {
    at,
    row: (row) => {
      if (row !== held) fill(row, current.values);
      held = row;
      return current;
    },
  };
}

function pointCost(cost: PointCost): CostRows {
  const { source, target, metric = 'sqeuclidean' } = cost;
  const dimension = source.columns;
  const squared = metric === 'sqeuclidean';
  const at = (row: number, column: number): number => {
    let sum = 0;
    for (let d = 0; d < dimension; d++) {
      const difference = source.data[row * dimension + d] - target.data[column * dimension + d];
      sum += difference * difference;
    }
    return squared ? sum : Math.sqrt(sum);
  };
  return computedCost(source.rows, target.rows, at);
}

/**
 * Opens a cost for reading and checks its shape.
 *
 * @throws ShapeError when a matrix or the points do not fit `rows` x `columns`
 */
export function openCost(cost: TransportCost, rows: number, columns: number, where: string): CostRows {
  if (typeof cost === 'function') return computedCost(rows, columns, cost);
  if (cost instanceof Float64Array || cost instanceof Float32Array) {
    if (cost.length !== rows * columns) {
      throw new ShapeError({
        code: 'shape-mismatch',
        where,
        expected: `a row-major cost of ${rows} x ${columns} = ${rows * columns} numbers`,
        received: `${cost.length} numbers`,
      });
    }
    return matrixCost(cost, columns);
  }
  const metric: unknown = cost.metric ?? 'sqeuclidean';
  if (metric !== 'euclidean' && metric !== 'sqeuclidean') {
    throw new ConfigError({
      code: 'unknown-metric',
      where,
      expected: "metric 'euclidean' or 'sqeuclidean'",
      received: String(metric),
    });
  }
  checkPoints(cost.source, `${where}: source`);
  checkPoints(cost.target, `${where}: target`);
  if (
    cost.source.rows !== rows ||
    cost.target.rows !== columns ||
    cost.source.columns !== cost.target.columns
  ) {
    throw new ShapeError({
      code: 'shape-mismatch',
      where,
      expected: `${rows} source and ${columns} target points of the same dimension`,
      received: `${cost.source.rows} x ${cost.source.columns} and ${cost.target.rows} x ${cost.target.columns}`,
    });
  }
  return pointCost(cost);
}

/**
 * Restricts a cost to some rows and columns, gathering each row when it is read.
 */
export function selectCost(cost: CostRows, rows: Int32Array, columns: Int32Array): CostRows {
  const width = columns.length;
  return lazyCost(
    width,
    (row, column) => cost.at(rows[row], columns[column]),
    (row, into) => {
      const { values, offset } = cost.row(rows[row]);
      for (let j = 0; j < width; j++) into[j] = values[offset + columns[j]];
    },
  );
}

/**
 * Largest absolute cost.
 *
 * @throws DataError when a cost is not a finite number
 */
export function largestCost(cost: CostRows, rows: number, columns: number, where: string): number {
  let largest = 0;
  for (let i = 0; i < rows; i++) {
    const { values, offset } = cost.row(i);
    for (let j = 0; j < columns; j++) {
      const size = Math.abs(values[offset + j]);
      if (!(size < Infinity)) {
        throw new DataError({
          code: 'cost-not-finite',
          where,
          expected: 'finite costs',
          received: `${values[offset + j]} at row ${i}, column ${j}`,
          details: { row: i, column: j },
        });
      }
      if (size > largest) largest = size;
    }
  }
  return largest;
}
