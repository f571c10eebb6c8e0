import { DataError, FileError, writeFileAtomically } from '@ebim/runtime';
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

/**
 * Writes a CSV file, whole or not at all; missing folders are made (Node only).
 *
 * @throws {@link DataError} `wrong-header`; FileError `disk-full`, `permission-denied`, `not-a-file`, ...
 */
export const writeCsv = async (path: string, points: Points, options?: CsvOptions): Promise<void> =>
  writeBytes(path, new TextEncoder().encode(formatCsv(points, options)));

/**
 * Writes a NumPy file, whole or not at all; missing folders are made (Node only).
 *
 * @throws FileError `disk-full`, `permission-denied`, `not-a-file`, ...
 * @example
 * ```ts
 * import { key } from '@ebim/runtime';
 * import { uniformSphere, writeNpy } from '@ebim/datasets';
 * await writeNpy('sphere.npy', uniformSphere().sample(key(0), 1000));
 * ```
 */
export const writeNpy = async (path: string, points: Points, options?: NpyOptions): Promise<void> =>
  writeBytes(path, formatNpy(points, options));

/** Writes a file, whole or not at all, and the folders above it. @throws {@link FileError} */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  const { mkdir } = await import('node:fs/promises');
  const { dirname } = await import('node:path');
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new FileError({
      code: 'folder-not-made',
      where: folder,
      expected: 'a folder, or a place where one can be made',
      received: errnoOf(cause) ?? String(cause),
      hint: 'Choose a folder of your own.',
      details: { path: folder },
      cause,
    });
  }
  await writeFileAtomically(path, bytes);
}
