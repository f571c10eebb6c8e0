import { DataError } from '@ebim/runtime';
import { errnoOf, readBytes } from '../readers/files.js';

/** Whether files can be read and written: Node, Bun, Deno; not the browser. */
export const hasFileSystem = (): boolean =>
  typeof process !== 'undefined' && typeof process.versions?.node === 'string';

/** An environment variable; undefined when empty, unset, or in the browser. */
export const environment = (name: string): string | undefined =>
  (hasFileSystem() ? process.env[name] : undefined) || undefined;

/**
 * The folder for downloads: `EBIM_CACHE_DIR`, else the user's cache folder as the operating system has it
 * (`XDG_CACHE_HOME` or `~/.cache` + `/ebim`, `~/Library/Caches/ebim`, `%LOCALAPPDATA%\ebim\Cache`). Node only.
 */
export async function cacheFolder(): Promise<string> {
  const { join } = await import('node:path');
  const { homedir } = await import('node:os');
  const own = environment('EBIM_CACHE_DIR');
  if (own !== undefined) return own;
  const shared = environment('XDG_CACHE_HOME');
  if (shared !== undefined) return join(shared, 'ebim');
  if (process.platform === 'win32')
    return join(environment('LOCALAPPDATA') ?? join(homedir(), 'AppData', 'Local'), 'ebim', 'Cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'ebim');
  return join(homedir(), '.cache', 'ebim');
}

/** The bytes of a file, or null when there is none. @throws {@link DataError} `is-directory`, `unreadable-file` */
export async function readIfExists(path: string): Promise<Uint8Array | null> {
  try {
    return await readBytes(path);
  } catch (error) {
    if (error instanceof DataError && error.code === 'missing-file') return null;
    throw error;
  }
}

/**
 * The data folder that the user named.
 *
 * @throws {@link DataError} `missing-data-folder`: a folder that was named and does not exist is a spelling mistake
 */
export async function requireFolder(folder: string): Promise<void> {
  const { stat } = await import('node:fs/promises');
  try {
    if ((await stat(folder)).isDirectory()) return;
  } catch (cause) {
    throw missingFolder(folder, errnoOf(cause) ?? String(cause), cause);
  }
  throw missingFolder(folder, 'a file');
}

const missingFolder = (folder: string, received: string, cause?: unknown): DataError =>
  new DataError({
    code: 'missing-data-folder',
    where: `data folder ${folder}`,
    expected: 'an existing folder',
    received,
    hint: 'Correct EBIM_DATA_DIR, or unset it to download the data instead.',
    details: { folder },
    ...(cause === undefined ? {} : { cause }),
  });
