import { FileError } from '../errors/ebim-error.js';

const KINDS: Readonly<Record<string, { code: string; expected: string; received: string; hint: string }>> = {
  ENOSPC: {
    code: 'disk-full',
    expected: 'room on the disk',
    received: 'a full disk',
    hint: 'Free some space or choose another folder; nothing was overwritten.',
  },
  EDQUOT: {
    code: 'disk-full',
    expected: 'room on the disk',
    received: 'an exhausted quota',
    hint: 'Free some space or choose another folder; nothing was overwritten.',
  },
  EACCES: {
    code: 'permission-denied',
    expected: 'permission',
    received: 'permission denied',
    hint: 'Choose a folder of your own or change its permissions.',
  },
  EPERM: {
    code: 'permission-denied',
    expected: 'permission',
    received: 'operation not permitted',
    hint: 'Choose a folder of your own or change its permissions.',
  },
  EROFS: {
    code: 'permission-denied',
    expected: 'a writable disk',
    received: 'a read-only file system',
    hint: 'Choose a folder on another disk.',
  },
  ENOTDIR: {
    code: 'not-a-folder',
    expected: 'a folder',
    received: 'a file in its place',
    hint: 'Choose another path or move the file away.',
  },
  EEXIST: {
    code: 'not-a-folder',
    expected: 'a folder',
    received: 'a file in its place',
    hint: 'Choose another path or move the file away.',
  },
  EISDIR: {
    code: 'not-a-file',
    expected: 'a file',
    received: 'a folder in its place',
    hint: 'Choose another path or move the folder away.',
  },
  ENOENT: {
    code: 'not-found',
    expected: 'an existing path',
    received: 'none',
    hint: 'Check the path.',
  },
};

/** The system's code of a file-system error, e.g. `ENOSPC`. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** A file-system error as a typed one; other errors are returned as they are. */
export function toFileError(error: unknown, path: string): unknown {
  const systemName = systemCode(error);
  if (systemName === undefined || error instanceof FileError) return error;
  const kind = KINDS[systemName] ?? {
    code: 'file-failed',
    expected: 'the operation to work',
    received: systemName,
    hint: undefined,
  };
  return new FileError({ ...kind, where: path, details: { path, system: systemName }, cause: error });
}
