import * as tf from '@tensorflow/tfjs';
import { DataError, ShapeError } from '@ebim/runtime';

/**
 * A table of numbers on the host: `rows` points of `columns` coordinates, row by row in `data`. Structural, so that
 * plots and metrics can name the same shape without importing this package.
 */
export interface Points {
  /** `rows * columns` numbers, row-major. */
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Points of nested arrays.
 *
 * @param rows `[rows][columns]`, every row of the same length
 * @throws {@link ShapeError} `ragged-rows`
 * @example
 * ```ts
 * import { fromRows, row } from '@ebim/datasets';
 * const corners = fromRows([[0, 0], [1, 0], [0, 1]]);
 * console.log(corners.rows, corners.columns, row(corners, 1)); // 3 2 Float64Array [1, 0]
 * ```
 */
export function fromRows(rows: readonly ArrayLike<number>[]): Points {
  const columns = rows.length === 0 ? 0 : rows[0].length;
  const data = new Float64Array(rows.length * columns);
  rows.forEach((values, i) => {
    if (values.length !== columns)
      throw new ShapeError({
        code: 'ragged-rows',
        where: 'fromRows(rows)',
        expected: `${columns} values in every row, as in row 0`,
        received: `${values.length} values in row ${i}`,
        details: { row: i },
      });
    data.set(Array.from(values), i * columns);
  });
  return { data, rows: rows.length, columns };
}

/** Points over an existing array; the data is not copied. @throws {@link ShapeError} `wrong-length` */
export function pointsOf(data: Float64Array, columns: number): Points {
  if (!Number.isInteger(columns) || columns < 1 || data.length % columns !== 0)
    throw new ShapeError({
      code: 'wrong-length',
      where: 'pointsOf(data, columns)',
      expected: `a length that is a multiple of ${columns} columns`,
      received: `${data.length} values`,
    });
  return { data, rows: data.length / columns, columns };
}

/** Row `i` as a view `[columns]` (writing to it writes to the points). @throws {@link ShapeError} `row-out-of-range` */
export function row(points: Points, i: number): Float64Array {
  if (!Number.isInteger(i) || i < 0 || i >= points.rows)
    throw new ShapeError({
      code: 'row-out-of-range',
      where: 'row(points, i)',
      expected: `a whole number from 0 to ${points.rows - 1}`,
      received: String(i),
    });
  return points.data.subarray(i * points.columns, (i + 1) * points.columns);
}

/** The rows as nested plain arrays `[rows][columns]`. */
export const toRows = (points: Points): number[][] =>
  Array.from({ length: points.rows }, (_, i) => Array.from(row(points, i)));

/** A copy with the rows at `indices`, in that order. */
export function takeRows(points: Points, indices: ArrayLike<number>): Points {
  const data = new Float64Array(indices.length * points.columns);
  for (let i = 0; i < indices.length; i++) data.set(row(points, indices[i]), i * points.columns);
  return { data, rows: indices.length, columns: points.columns };
}

/** A copy of the first `count` rows, or of all if there are fewer. */
export const firstRows = ({ data, rows, columns }: Points, count: number): Points => {
  const kept = Math.min(count, rows);
  return { data: data.slice(0, kept * columns), rows: kept, columns };
};

/** Applies `map` to each row (a view) and writes the `columns` results; the shape of every embedding here. */
export function mapRows(
  points: Points,
  columns: number,
  map: (values: Float64Array, out: Float64Array) => void,
): Points {
  const data = new Float64Array(points.rows * columns);
  for (let i = 0; i < points.rows; i++) map(row(points, i), data.subarray(i * columns, (i + 1) * columns));
  return { data, rows: points.rows, columns };
}

/**
 * A float32 tensor `[rows, columns]` of the points, owned by the caller. Rounding to float32 is the only change.
 *
 * @throws {@link DataError} `no-points` for a table without rows or columns
 */
export function toTensor(points: Points): tf.Tensor2D {
  if (points.rows === 0 || points.columns === 0)
    throw new DataError({
      code: 'no-points',
      where: 'toTensor(points)',
      expected: 'at least one row and one column',
      received: `${points.rows} rows, ${points.columns} columns`,
    });
  return tf.tensor2d(Float32Array.from(points.data), [points.rows, points.columns]);
}

/** Checks the number of columns. @throws {@link ShapeError} `wrong-columns` unless the points have `columns` columns */
export function requireColumns(points: Points, columns: number, where: string): void {
  if (points.columns !== columns)
    throw new ShapeError({
      code: 'wrong-columns',
      where,
      expected: `points with ${columns} columns`,
      received: `${points.columns} columns`,
    });
}
