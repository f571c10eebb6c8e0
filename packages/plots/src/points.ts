import { DataError } from '@ebim/runtime';

/** Rows of coordinates on the host: `data` holds `rows * columns` numbers, row by row. */
export interface Points {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Refuses what is not a matrix with the wanted number of columns. Values may be anything, also NaN.
 *
 * @throws DataError when the sizes disagree.
 */
export function checkPoints(points: Points, columns: number, where: string): void {
  if (points.columns !== columns || points.data.length !== points.rows * points.columns) {
    throw new DataError({
      code: 'points-shape',
      where,
      expected: `points of shape [rows, ${columns}] with rows * ${columns} numbers`,
      received: `[${points.rows}, ${points.columns}] with ${points.data.length} numbers`,
      details: { rows: points.rows, columns: points.columns, length: points.data.length },
    });
  }
}

/**
 * Refuses a list of numbers that does not have one entry per item.
 *
 * @throws DataError when the lengths disagree.
 */
export function checkLength(values: ArrayLike<number>, length: number, where: string): void {
  if (values.length !== length) {
    throw new DataError({
      code: 'values-length',
      where,
      expected: `${length} values`,
      received: `${values.length}`,
      details: { expected: length, received: values.length },
    });
  }
}

/** Smallest and largest finite value; `[0, 1]` when there is none. */
export function finiteRange(values: ArrayLike<number>): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}
