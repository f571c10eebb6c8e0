import { DataError } from '@ebim/runtime';
import type { Points } from '../points/points.js';
import { checkPoints, type CheckPointsOptions } from './check-points.js';
import { readBytes } from './files.js';
import { looksLikeNpy, parseNpy } from './npy.js';
import { looksLikeZip, parseNpz } from './npz.js';
import { parsePoints, type TextPointsOptions } from './text-points.js';

/** Options of {@link readPoints}. */
export interface ReadPointsOptions extends TextPointsOptions, CheckPointsOptions {
  /** Default: by the first bytes, and for text by its delimiter. */
  readonly format?: 'text' | 'npy' | 'npz';
  /** Name of the array in an NPZ archive that holds several. */
  readonly array?: string;
}

/**
 * Reads points, one a row, from CSV, TSV, semicolon- or space-separated text, NPY or NPZ.
 *
 * @param source path of a file (Node only), or the bytes of one
 * @returns `[rows, columns]`, all finite
 * @throws {@link DataError} with a code: `missing-file`, `is-directory`, `unreadable-file`, `empty-file`, `no-rows`,
 *   `too-few-rows`, `ragged-rows`, `not-a-number`, `not-finite`, `constant-column`, `no-such-column`, `bad-csv`,
 *   `not-text`, `wrong-magic`, `truncated`, `bad-npy`, `unsupported-dtype`, `not-2d`, `bad-zip`, `no-such-array`; the
 *   line and column of a text file are in `details`
 * @example
 * ```ts
 * import { readPoints } from '@ebim/datasets';
 * const text = new TextEncoder().encode('x,y\n0,1\n1,0\n');
 * const points = await readPoints(text);
 * console.log(points.rows, points.columns); // 2 2
 * ```
 */
export async function readPoints(
  source: string | Uint8Array,
  options: ReadPointsOptions = {},
): Promise<Points> {
  const where = typeof source === 'string' ? source : 'readPoints(bytes)';
  const bytes = typeof source === 'string' ? await readBytes(source) : source;
  if (bytes.length === 0)
    throw new DataError({ code: 'empty-file', where, expected: 'points, one a row', received: '0 bytes' });
  const points = parse(bytes, where, options.format ?? formatOf(bytes, where), options);
  checkPoints(points, where, options);
  return points;
}

type Format = 'text' | 'npy' | 'npz';

function parse(bytes: Uint8Array, where: string, format: Format, options: ReadPointsOptions): Points {
  if (format === 'text') return parsePoints(decodeText(bytes, where), where, options);
  const points = format === 'npy' ? parseNpy(bytes, where) : parseNpz(bytes, where, options.array);
  return options.columns === undefined ? points : chooseColumns(points, options.columns, where);
}

function formatOf(bytes: Uint8Array, where: string): Format {
  if (looksLikeNpy(bytes) || /\.npy$/i.test(where)) return 'npy';
  return looksLikeZip(bytes) || /\.npz$/i.test(where) ? 'npz' : 'text';
}

/** UTF-8, or UTF-16 by its byte order mark. */
function decodeText(bytes: Uint8Array, where: string): string {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : null;
  const text = new TextDecoder(utf16 ?? 'utf-8').decode(bytes);
  if (text.includes('\0'))
    throw new DataError({
      code: 'not-text',
      where,
      expected: 'CSV, TSV, NPY or NPZ',
      received: 'binary data of another kind',
      hint: 'Export the points as CSV, or save them with numpy.save.',
    });
  return text;
}

function chooseColumns(points: Points, columns: readonly (string | number)[], where: string): Points {
  const data = new Float64Array(points.rows * columns.length);
  columns.forEach((column, j) => {
    if (typeof column !== 'number' || !Number.isInteger(column) || column < 0 || column >= points.columns)
      throw new DataError({
        code: 'no-such-column',
        where,
        expected: `a column index from 0 to ${points.columns - 1}`,
        received: JSON.stringify(column),
      });
    for (let i = 0; i < points.rows; i++)
      data[i * columns.length + j] = points.data[i * points.columns + column];
  });
  return { data, rows: points.rows, columns: columns.length };
}
