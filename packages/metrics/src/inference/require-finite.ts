import { DataError } from '@ebim/runtime';
import { checkPoints, type Points } from '../points.js';

/** Checks that there are enough rows, and finite numbers in them. @throws DataError `too-few-points`, `not-finite` */
export function requireFinitePoints(points: Points, least: number, where: string): void {
  checkPoints(points, where);
  const { data, rows, columns } = points;
  if (rows < least)
    throw new DataError({
      code: 'too-few-points',
      where,
      expected: `${least} rows or more`,
      received: `${rows}`,
    });
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return;
  throw new DataError({
    code: 'not-finite',
    where,
    expected: 'finite numbers',
    received: `${data[bad]} in row ${Math.floor(bad / columns)}`,
  });
}
