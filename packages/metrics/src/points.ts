import { ShapeError } from '@ebim/runtime';

/** A matrix of points on the host: row-major, one point a row. */
export interface Points {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Checks that the parts of a matrix of points fit together.
 *
 * @throws ShapeError when `data` does not hold rows x columns numbers
 */
export function checkPoints(points: Points, where: string): void {
  const { data, rows, columns } = points;
  const whole = Number.isInteger(rows) && Number.isInteger(columns) && rows >= 0 && columns >= 1;
  if (!whole || data.length !== rows * columns) {
    throw new ShapeError({
      code: 'shape-mismatch',
      where,
      expected: `rows x columns = ${rows} x ${columns} numbers`,
      received: `${data.length} numbers`,
    });
  }
}
