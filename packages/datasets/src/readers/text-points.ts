import { DataError } from '@ebim/runtime';
import type { Points } from '../points/points.js';
import { parseDelimited, parseNumber, type DelimitedOptions, type TextTable } from './delimited.js';

/** Options of {@link parsePoints}. */
export interface TextPointsOptions extends DelimitedOptions {
  /** Columns to keep, by name (of the header) or by index from 0, in this order. Default all. */
  readonly columns?: readonly (string | number)[];
}

/**
 * Points of CSV, TSV, semicolon- or space-separated text.
 *
 * @throws {@link DataError} with the line and column in `details`; see `readPoints`
 */
export function parsePoints(text: string, where = 'text', options: TextPointsOptions = {}): Points {
  return pointsOfTable(parseDelimited(text, where, options), where, options.columns);
}

/** The chosen columns of a table as numbers. @throws {@link DataError} `no-such-column`, `not-a-number`, `not-finite` */
export function pointsOfTable(
  table: TextTable,
  where: string,
  columns?: readonly (string | number)[],
): Points {
  const width = table.records[0].length;
  const chosen = columns?.map((column) => columnIndex(table, column, where)) ?? [...Array(width).keys()];
  const data = new Float64Array(table.records.length * chosen.length);
  table.records.forEach((fields, i) =>
    chosen.forEach((column, j) => {
      data[i * chosen.length + j] = parseNumber(fields[column], where, table.lines[i], column + 1);
    }),
  );
  return { data, rows: table.records.length, columns: chosen.length };
}

function columnIndex(table: TextTable, column: string | number, where: string): number {
  const width = table.records[0].length;
  const index = typeof column === 'number' ? column : (table.header?.indexOf(column) ?? -1);
  if (Number.isInteger(index) && index >= 0 && index < width) return index;
  throw new DataError({
    code: 'no-such-column',
    where,
    expected:
      table.header === null
        ? `a column index from 0 to ${width - 1} (the file has no header)`
        : `one of ${table.header.join(', ')}`,
    received: JSON.stringify(column),
  });
}
