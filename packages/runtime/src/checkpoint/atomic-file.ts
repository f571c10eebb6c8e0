import type { FileHandle } from 'node:fs/promises';
import { systemCode, toFileError } from './file-error.js';
import { importNode } from '../node-module.js';

/** The part of `node:fs/promises` that checkpoints use: tests put failures in its place. */
export interface FileSystem {
  mkdir(path: string, options: { recursive: true }): Promise<unknown>;
  open(path: string, flags: 'r' | 'wx'): Promise<Pick<FileHandle, 'writeFile' | 'sync' | 'close'>>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: true }): Promise<void>;
  readdir(path: string): Promise<string[]>;
  readFile(path: string): Promise<Uint8Array>;
}

/** The real one. Imported when it is needed: the package also runs in browsers. */
export const nodeFileSystem = async (): Promise<FileSystem> =>
  importNode<typeof import('node:fs/promises')>('node:fs/promises');

/** Ending of files that are being written; what a crash leaves behind is recognised by it. */
export const TEMPORARY = /\.[0-9a-f-]{36}\.tmp$/;

/**
 * Writes a file such that whoever reads `path`, now or after a crash, finds the old contents or the new ones, never
 * a mixture: temporary file beside it, fsync, rename, fsync of the folder. The folder must exist. Node only.
 *
 * @throws {@link FileError} `disk-full`, `permission-denied`, `not-found`, `not-a-folder`, `not-a-file`, `file-failed`
 * @example
 * ```ts
 * import { writeFileAtomically } from '@ebim/runtime';
 *
 * await writeFileAtomically('metrics.json', JSON.stringify({ loss: 0.5 }));
 * ```
 */
export async function writeFileAtomically(path: string, data: string | Uint8Array): Promise<void> {
  await replaceFile(await nodeFileSystem(), path, data);
}

/** {@link writeFileAtomically} on a given file system. */
export async function replaceFile(fs: FileSystem, path: string, data: string | Uint8Array): Promise<void> {
  const { dirname } = await importNode<typeof import('node:path')>('node:path');
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await writeDurably(fs, temporary, data);
    await fs.rename(temporary, path);
    await syncFolder(fs, dirname(path));
  } catch (error) {
    // The first error is the one to report; a leftover temporary file is removed by the next checkpoint.
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw toFileError(error, path);
  }
}

async function writeDurably(fs: FileSystem, path: string, data: string | Uint8Array): Promise<void> {
  const file = await fs.open(path, 'wx');
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename survive a power failure. Some systems cannot open folders; there, nothing better exists. */
async function syncFolder(fs: FileSystem, path: string): Promise<void> {
  try {
    const folder = await fs.open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP'].includes(systemCode(error) ?? '')) throw error;
  }
}
