import { access, mkdir, readFile, readdir, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigError, DataError, toFileError, writeFileAtomically, type JsonValue } from '@ebim/runtime';

/** Names of the files in the folder of a run. */
export const RUN_FILES = {
  run: 'run.json',
  metrics: 'metrics.json',
  log: 'metrics.jsonl',
  report: 'report.html',
  /** Of training. */
  points: 'points.npy',
  /** Points kept back by `data.split`. */
  validation: 'validation.npy',
  test: 'test.npy',
  /** Points of the true manifold and, as last column, the exact density there. Only where they are known. */
  groundTruth: 'ground-truth.npy',
  /** Points that cover the learned manifold and, as last column, the log density there (temperature 1). */
  density: 'density.npy',
  figures: 'figures',
  manifoldCheckpoint: 'checkpoints/manifold',
  densityCheckpoint: 'checkpoints/density',
} as const;

/** A folder of one run. */
export interface RunFolder {
  readonly path: string;
  /** Full path of a file in it. */
  file(name: string): string;
  writeJson(name: string, value: unknown): Promise<void>;
  writeText(name: string, text: string | Uint8Array): Promise<void>;
}

/** A handle on an existing or new folder; makes nothing. */
export function runFolder(path: string): RunFolder {
  const full = resolve(path);
  const file = (name: string) => join(full, name);
  return {
    path: full,
    file,
    writeJson: (name, value) => writeFileAtomically(file(name), `${JSON.stringify(value, null, 2)}\n`),
    writeText: (name, text) => writeFileAtomically(file(name), text),
  };
}

/**
 * Makes the folder of a new run.
 *
 * @param path refused if it holds anything already
 * @throws ConfigError `folder-in-use`; FileError `permission-denied`, `not-a-folder`, `disk-full`, …
 */
export async function createRunFolder(path: string): Promise<RunFolder> {
  const folder = runFolder(path);
  const entries = await readdir(folder.path).catch(() => []);
  if (entries.length > 0)
    throw new ConfigError({
      code: 'folder-in-use',
      where: '--out',
      expected: 'a new or empty folder',
      received: `${folder.path}, which holds ${entries.length} entries`,
      hint: 'Pass --resume to go on with the run in it, --overwrite to replace it, or choose another folder.',
    });
  await makeFolder(folder.file(RUN_FILES.figures));
  return folder;
}

/**
 * Opens the folder of an earlier run.
 *
 * @throws DataError `not-a-run`
 */
export async function openRunFolder(path: string): Promise<{ folder: RunFolder; record: JsonValue }> {
  const folder = runFolder(path);
  let text: string;
  try {
    text = await readFile(folder.file(RUN_FILES.run), 'utf8');
  } catch (cause) {
    throw new DataError({
      code: 'not-a-run',
      where: folder.path,
      expected: `the folder of a run, with a ${RUN_FILES.run}`,
      received: 'none',
      hint: 'Pass the folder that `ebim run` or `ebim fit` printed.',
      cause,
    });
  }
  try {
    return { folder, record: JSON.parse(text) as JsonValue };
  } catch (cause) {
    throw new DataError({
      code: 'damaged-run',
      where: folder.file(RUN_FILES.run),
      expected: 'valid JSON',
      received: 'something else',
      hint: 'The file was altered; start the run again.',
      cause,
    });
  }
}

/** `base`, or `base-2`, `base-3`, … : the first that does not exist. */
export async function freshPath(base: string): Promise<string> {
  for (let i = 1; ; i++) {
    const path = i === 1 ? base : `${base}-${i}`;
    if (!(await exists(path))) return path;
  }
}

/** The last of `base`, `base-2`, … that exists; `null` if there is none. */
export async function latestPath(base: string): Promise<string | null> {
  let found: string | null = null;
  for (let i = 1; ; i++) {
    const path = i === 1 ? base : `${base}-${i}`;
    if (!(await exists(path))) return found;
    found = path;
  }
}

/** Whether there is a file or folder of that path. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Makes a folder and those above it, unless it is there.
 *
 * @throws FileError `permission-denied`, `not-a-folder`, `disk-full`, …
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw toFileError(cause, path);
  }
}

/** Removes a folder into which nothing was written since `createRunFolder` made it. */
export async function discardEmptyFolder(folder: RunFolder): Promise<void> {
  const entries = await readdir(folder.path).catch(() => []);
  if (entries.some((name) => name !== RUN_FILES.figures)) return;
  // rmdir refuses folders with contents, which is what is wanted.
  await rmdir(folder.file(RUN_FILES.figures)).catch(() => undefined);
  await rmdir(folder.path).catch(() => undefined);
}

/**
 * Removes an earlier run.
 *
 * @throws ConfigError `not-a-run` for a folder that holds anything else
 */
export async function removeRunFolder(path: string): Promise<void> {
  const { path: full, file } = runFolder(path);
  const entries = await readdir(full).catch(() => []);
  if (entries.length === 0) return;
  if (!(await exists(file(RUN_FILES.run))))
    throw new ConfigError({
      code: 'not-a-run',
      where: '--overwrite',
      expected: `the folder of a run, with a ${RUN_FILES.run}`,
      received: `${full}, which holds something else`,
      hint: 'Choose another folder, or empty this one yourself.',
    });
  await rm(full, { recursive: true });
}
