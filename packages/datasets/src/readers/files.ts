import { DataError } from '@ebim/runtime';

/**
 * The bytes of a file (Node only).
 *
 * @throws {@link DataError} `missing-file`, `is-directory`, `unreadable-file`
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(path);
  } catch (cause) {
    const code = errnoOf(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new DataError({
        code: 'missing-file',
        where: path,
        expected: 'an existing file',
        received: 'none there',
        hint: 'Check the spelling; relative paths start at the current folder.',
        cause,
      });
    if (code === 'EISDIR')
      throw new DataError({
        code: 'is-directory',
        where: path,
        expected: 'a file',
        received: 'a folder',
        cause,
      });
    throw new DataError({
      code: 'unreadable-file',
      where: path,
      expected: 'a readable file',
      received: code ?? String(cause),
      cause,
    });
  }
}

/** The system's error code, e.g. `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
