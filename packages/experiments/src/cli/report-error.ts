import { EbimError, toFileError } from '@ebim/runtime';
import { EXIT } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** Tells an error: one message for what the user can put right, a stack for what is our fault. Gives the exit status. */
export function reportError(error: unknown, out: Terminal): number {
  const known = asKnown(error);
  if (known !== null) {
    const { name, code, message, where, expected, received, hint, details } = known;
    out.complain(`Error: ${message}`);
    out.emit({
      type: 'error',
      exitCode: EXIT.refused,
      name,
      code,
      message,
      where,
      expected,
      received,
      hint,
      details,
    });
    return EXIT.refused;
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  out.complain(
    `This is a bug in ebim: ${message}\n${stack ?? ''}\nPlease report it with the command and the lines above.`,
  );
  out.emit({ type: 'error', exitCode: EXIT.bug, name: 'Error', code: 'bug', message, stack });
  return EXIT.bug;
}

/** Errors of the library, and those of the file system, which are nobody's bug. */
function asKnown(error: unknown): EbimError | null {
  if (EbimError.isInstance(error)) return error;
  const path = error instanceof Error && 'path' in error ? String(error.path) : 'file system';
  const mapped = isFileSystemError(error) ? toFileError(error, path) : error;
  return EbimError.isInstance(mapped) ? mapped : null;
}

const SYSTEM_CODES = new Set([
  'ENOSPC',
  'EDQUOT',
  'EACCES',
  'EPERM',
  'EROFS',
  'EMFILE',
  'ENFILE',
  'EIO',
  'EFBIG',
]);

function isFileSystemError(error: unknown): boolean {
  return (
    error instanceof Error && 'syscall' in error && 'code' in error && SYSTEM_CODES.has(String(error.code))
  );
}
