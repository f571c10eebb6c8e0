import { DataError } from '@ebim/runtime';
import type { Points } from '../points/points.js';

/** What points must satisfy to be learned from. */
export interface CheckPointsOptions {
  /** Fewest rows. Default 2. */
  readonly minRows?: number;
  /**
   * What to do about a column whose values are all equal: such points lie in a hyperplane, which the constant column
   * only repeats. Default `'error'`; `'warn'` calls `onWarning`.
   */
  readonly requireVariation?: 'error' | 'warn' | 'ignore';
  readonly onWarning?: (warning: DataError) => void;
}

/**
 * Checks that the points are finite, enough, and that no column is constant.
 *
 * @throws {@link DataError} `no-rows`, `too-few-rows`, `not-finite`, `constant-column`
 */
export function checkPoints(points: Points, where: string, options: CheckPointsOptions = {}): void {
  const { minRows = 2, requireVariation = 'error', onWarning } = options;
  const { data, rows, columns } = points;
  if (rows === 0 || columns === 0)
    throw new DataError({
      code: 'no-rows',
      where,
      expected: 'at least one row and one column',
      received: `${rows} rows, ${columns} columns`,
    });
  if (rows < minRows)
    throw new DataError({
      code: 'too-few-rows',
      where,
      expected: `at least ${minRows} rows`,
      received: `${rows}`,
      hint: 'One point a row; a density cannot be learned from so few.',
    });
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const [atRow, atColumn] = [Math.floor(bad / columns), bad % columns];
    throw new DataError({
      code: 'not-finite',
      where: `${where}, row ${atRow} and column ${atColumn} (from 0)`,
      expected: 'a finite number',
      received: String(data[bad]),
      hint: 'Remove the rows with missing values, or fill them in.',
      details: { row: atRow, column: atColumn },
    });
  }
  if (requireVariation === 'ignore' || rows < 2) return;
  const constant = constantColumn(points);
  if (constant === -1) return;
  const problem = new DataError({
    code: 'constant-column',
    where: `${where}, column ${constant + 1}`,
    expected: 'different values',
    received: `${data[constant]} in all ${rows} rows`,
    hint: 'Leave that column out (option `columns`).',
    details: { column: constant + 1, value: data[constant] },
  });
  if (requireVariation === 'error') throw problem;
  onWarning?.(problem);
}

function constantColumn({ data, rows, columns }: Points): number {
  for (let j = 0; j < columns; j++) {
    let i = 1;
    while (i < rows && data[i * columns + j] === data[j]) i++;
    if (i === rows) return j;
  }
  return -1;
}
