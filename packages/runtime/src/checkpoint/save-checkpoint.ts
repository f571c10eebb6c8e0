import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../errors/ebim-error.js';
import { treeEntries, type TensorTree } from '../trees/tensor-tree.js';
import { nodeFileSystem, replaceFile, TEMPORARY, type FileSystem } from './atomic-file.js';
import { toFileError } from './file-error.js';
import type { HostTensor } from './host-tensor.js';
import { checkJson, type JsonValue } from './json.js';
import {
  FORMAT,
  LEAF_DTYPES,
  MANIFEST,
  manifestText,
  sha256,
  shapeOfTree,
  TENSORS_FILE,
  tensorsFile,
  VERSION,
  type LeafDtype,
  type LeafRecord,
  type Manifest,
} from './manifest.js';
import { writeSafetensors } from './safetensors.js';
import { importNode } from '../node-module.js';

/** What a checkpoint holds. */
export interface CheckpointContents {
  /** float32, int32 and bool leaves. */
  readonly tensors: TensorTree;
  /** Anything else worth keeping. */
  readonly meta: JsonValue;
  /** Sort of contents; loading may insist on it. Default `checkpoint`. */
  readonly kind?: string;
}

/**
 * Writes a checkpoint into a folder of its own, replacing the one that is there, all or nothing: the tensors go to a
 * new file named by their hash, then the manifest, which names that file, is replaced in one step. A crash at any
 * point leaves the old checkpoint or the new one. One process at a time may write to a folder. Node only.
 *
 * @param folder made if it does not exist
 * @throws {@link FileError} `disk-full`, `permission-denied`, `not-a-folder`, `file-failed`;
 * {@link CheckpointError} `unsupported-dtype`, `duplicate-path`; {@link ConfigError} `not-json`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { loadCheckpoint, saveCheckpoint } from '@ebim/runtime';
 *
 * await saveCheckpoint('runs/a', { tensors: { weight: tf.ones([2, 3]) }, meta: { epoch: 7 } });
 * const { tensors, meta } = await loadCheckpoint('runs/a');
 * ```
 */
export async function saveCheckpoint(folder: string, contents: CheckpointContents): Promise<void> {
  await saveCheckpointOn(await nodeFileSystem(), folder, contents);
}

/** {@link saveCheckpoint} on a given file system. */
export async function saveCheckpointOn(
  fs: FileSystem,
  folder: string,
  { tensors, meta, kind = 'checkpoint' }: CheckpointContents,
): Promise<void> {
  const { join } = await importNode<typeof import('node:path')>('node:path');
  checkJson('saveCheckpoint({ meta })', meta);
  const entries = treeEntries(tensors);
  const leaves = leafRecords(entries);
  const host = await Promise.all(entries.map(([, leaf]) => toHost(leaf)));
  const bytes = writeSafetensors(new Map(leaves.map(({ path }, i) => [path, host[i]])));
  const hash = await sha256(bytes);
  const manifest: Manifest = {
    format: FORMAT,
    version: VERSION,
    kind,
    file: { name: tensorsFile(hash), bytes: bytes.length, sha256: hash },
    leaves,
    tree: shapeOfTree(tensors, (node): node is tf.Tensor => node instanceof tf.Tensor),
    meta,
  };
  try {
    await fs.mkdir(folder, { recursive: true });
  } catch (error) {
    throw toFileError(error, folder);
  }
  await replaceFile(fs, join(folder, manifest.file.name), bytes);
  await replaceFile(fs, join(folder, MANIFEST), await manifestText(manifest));
  await removeOthers(fs, folder, manifest.file.name);
}

function leafRecords(entries: readonly [string, tf.Tensor][]): LeafRecord[] {
  const paths = new Set<string>();
  return entries.map(([path, { dtype, shape }]) => {
    if (!(LEAF_DTYPES as readonly string[]).includes(dtype))
      throw new CheckpointError({
        code: 'unsupported-dtype',
        where: `saveCheckpoint, tensor "${path}"`,
        expected: LEAF_DTYPES.join(', '),
        received: dtype,
      });
    if (paths.has(path))
      throw new CheckpointError({
        code: 'duplicate-path',
        where: `saveCheckpoint, tensor "${path}"`,
        expected: 'every path once',
        received: 'it twice',
        hint: 'Use no slash in names.',
      });
    paths.add(path);
    return { path, dtype: dtype as LeafDtype, shape };
  });
}

async function toHost(leaf: tf.Tensor): Promise<HostTensor> {
  const { dtype, shape } = leaf;
  const data = await leaf.data();
  return { dtype, shape, data } as HostTensor;
}

/** Removes earlier generations and what crashes left. A file that stays costs space only, so failures are ignored. */
async function removeOthers(fs: FileSystem, folder: string, current: string): Promise<void> {
  const { join } = await importNode<typeof import('node:path')>('node:path');
  const names = await fs.readdir(folder).catch(() => []);
  const ours = (name: string) => {
    const target = name.replace(TEMPORARY, '');
    return (TENSORS_FILE.test(target) || (target === MANIFEST && target !== name)) && name !== current;
  };
  for (const name of names.filter(ours))
    await fs.rm(join(folder, name), { force: true }).catch(() => undefined);
}
