import { DataError } from '@ebim/runtime';
import { row, type Points } from '../points/points.js';
import { errnoOf } from './files.js';
import { formatNpy, type NpyOptions } from './npy.js';

/** Options of {@link formatCsv}. */
export interface CsvOptions {
  /** Names of the columns for the first line. Default none. */
  readonly header?: readonly string[];
  /** Default `','`. */
  readonly delimiter?: ',' | '\t' | ';';
}

/**
 * The points as text, one row a line; every number is written so that reading gives it back exactly.
 *
 * @throws {@link DataError} `wrong-header`
 */
export function formatCsv(points: Points, options: CsvOptions = {}): string {
  const { header, delimiter = ',' } = options;
  if (header !== undefined && header.length !== points.columns)
    throw new DataError({
      code: 'wrong-header',
      where: 'formatCsv(points, { header })',
      expected: `${points.columns} names`,
      received: `${header.length}`,
    });
  const lines = header === undefined ? [] : [header.map((name) => quoted(name, delimiter)).join(delimiter)];
  for (let i = 0; i < points.rows; i++) lines.push(row(points, i).join(delimiter));
  return `${lines.join('\n')}\n`;
}

const quoted = (name: string, delimiter: string): string =>
  /["\r\n#]/.test(name) || name.includes(delimiter) ? `"${name.replaceAll('"', '""')}"` : name;

/** Writes a CSV file, whole or not at all (Node only). @throws {@link DataError} `not-written`, `wrong-header` */
export const writeCsv = async (path: string, points: Points, options?: CsvOptions): Promise<void> =>
  writeBytesAtomically(path, new TextEncoder().encode(formatCsv(points, options)));

/** Writes a NumPy file, whole or not at all (Node only). @throws {@link DataError} `not-written` */
export const writeNpy = async (path: string, points: Points, options?: NpyOptions): Promise<void> =>
  writeBytesAtomically(path, formatNpy(points, options));

/**
 * Writes a file by way of a temporary one beside it, so that nobody ever sees a part of it; folders are created.
 *
 * @throws {@link DataError} `not-written`
 */
export async function writeBytesAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const { mkdir, open, rename, rm } = await import('node:fs/promises');
  const { dirname } = await import('node:path');
  const temporary = `${path}.${process.pid}-${crypto.randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new DataError({
      code: 'not-written',
      where: path,
      expected: 'a place where a file can be written',
      received: errnoOf(cause) ?? String(cause),
      hint: 'Check the folder, its permissions and the free space.',
      cause,
    });
  }
}
