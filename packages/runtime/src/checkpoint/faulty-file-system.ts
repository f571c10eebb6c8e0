import { systemCode } from './file-error.js';
import { nodeFileSystem, type FileSystem } from './atomic-file.js';

/** How an operation of a {@link faultyFileSystem} fails. */
export type Fault =
  /** The process dies in the middle of operation `at`: half of a write is done, nothing happens afterwards. */
  | { readonly kind: 'crash'; readonly at: number }
  /** Operation `at` fails with a system code; the others work. */
  | { readonly kind: 'fail'; readonly at: number; readonly code: string };

/** The real file system with one fault. Counts operations from 0. */
export async function faultyFileSystem(fault: Fault): Promise<{ fs: FileSystem; count: () => number }> {
  const real = await nodeFileSystem();
  let count = 0;
  let dead = false;

  /** Runs an operation unless it is its turn to fail; `partly` is what is left of it after a crash. */
  const run = async <T>(operation: () => Promise<T>, partly?: () => Promise<unknown>): Promise<T> => {
    const turn = count++;
    if (dead) throw systemError('EIO');
    if (turn !== fault.at) return operation();
    await partly?.();
    if (fault.kind === 'fail') throw systemError(fault.code);
    dead = true;
    throw systemError('EIO');
  };

  const fs: FileSystem = {
    mkdir: (path, options) => run(() => real.mkdir(path, options)),
    open: async (path, flags) => {
      const file = await run(() => real.open(path, flags));
      return {
        writeFile: (data) => {
          const half = typeof data === 'string' ? data.slice(0, data.length / 2) : halfOf(data);
          return run(
            () => file.writeFile(data),
            () => file.writeFile(half),
          );
        },
        sync: () => run(() => file.sync()),
        // Really closed in any case: the test process lives on.
        close: async () => {
          await file.close();
          await run(async () => undefined);
        },
      };
    },
    rename: (from, to) => run(() => real.rename(from, to)),
    rm: (path, options) => run(() => real.rm(path, options)),
    readdir: (path) => run(() => real.readdir(path)),
    readFile: (path) => run(() => real.readFile(path)),
  };
  return { fs, count: () => count };
}

const halfOf = (data: Uint8Array): Uint8Array => data.subarray(0, Math.floor(data.length / 2));

/** An error as Node's file system throws it. */
export function systemError(code: string): Error {
  const error = Object.assign(new Error(`${code}: injected`), { code });
  if (systemCode(error) !== code) throw new Error('the code of the injected error is not seen');
  return error;
}
