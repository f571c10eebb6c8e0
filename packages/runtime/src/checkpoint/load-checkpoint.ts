import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../errors/ebim-error.js';
import { treeEntries, type TensorTree } from '../trees/tensor-tree.js';
import { leafMismatch } from '../trees/tree-mismatch.js';
import { nodeFileSystem, type FileSystem } from './atomic-file.js';
import { systemCode, toFileError } from './file-error.js';
import type { HostTensor } from './host-tensor.js';
import type { JsonValue } from './json.js';
import { MANIFEST, parseManifest, sha256, TENSORS_FILE, treeOfShape, type Manifest } from './manifest.js';
import { readSafetensors } from './safetensors.js';
import { importNode } from '../node-module.js';

/** Options of {@link loadCheckpoint}. */
export interface LoadCheckpointOptions {
  /** A tree whose paths, shapes and dtypes the checkpoint must have. Default: any. */
  readonly like?: TensorTree;
  /** The kind that the checkpoint must have. Default: any. */
  readonly kind?: string;
}

/** A checkpoint that was read. */
export interface LoadedCheckpoint {
  /** The caller owns the tensors. */
  readonly tensors: TensorTree;
  readonly meta: JsonValue;
  readonly kind: string;
}

/**
 * Reads a checkpoint written by `saveCheckpoint`, after checking all of it. Makes no tensor unless everything is
 * right. Node only.
 *
 * @throws {@link CheckpointError} `checkpoint-missing`, `manifest-damaged`, `not-a-checkpoint`, `other-version`,
 * `manifest-altered`, `other-kind`, `other-structure`, `tensors-missing`, `tensors-truncated`, `tensors-altered`,
 * `safetensors-…`, `manifest-mismatch`; {@link FileError} if a file cannot be read
 */
export async function loadCheckpoint(
  folder: string,
  { like, kind }: LoadCheckpointOptions = {},
): Promise<LoadedCheckpoint> {
  const { join } = await importNode<typeof import('node:path')>('node:path');
  const fs = await nodeFileSystem();
  const manifest = await readManifest(fs, folder, join(folder, MANIFEST));
  if (kind !== undefined && manifest.kind !== kind)
    throw new CheckpointError({
      code: 'other-kind',
      where: folder,
      expected: `a checkpoint of kind "${kind}"`,
      received: `"${manifest.kind}"`,
      details: { expected: kind, received: manifest.kind },
    });
  if (like !== undefined) checkStructure(folder, like, manifest);
  const tensors = await readTensors(fs, join(folder, manifest.file.name), manifest);
  const leaves = tensors.map(({ data, shape, dtype }) =>
    tf.tensor(
      data as Float32Array | Int32Array | Uint8Array,
      [...shape],
      dtype as 'float32' | 'int32' | 'bool',
    ),
  );
  return { tensors: treeOfShape(manifest.tree, leaves), meta: manifest.meta, kind: manifest.kind };
}

async function readManifest(fs: FileSystem, folder: string, path: string): Promise<Manifest> {
  let bytes: Uint8Array;
  try {
    bytes = await fs.readFile(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw toFileError(error, path);
    throw new CheckpointError({
      code: 'checkpoint-missing',
      where: folder,
      expected: `a checkpoint folder with ${MANIFEST}`,
      received: 'none',
      hint: 'Check the path; a run that stopped before its first checkpoint has none.',
      cause: error,
    });
  }
  const manifest = await parseManifest(path, new TextDecoder().decode(bytes));
  // The name comes from a file: it must not lead out of the folder.
  if (!TENSORS_FILE.test(manifest.file.name))
    throw new CheckpointError({
      code: 'not-a-checkpoint',
      where: path,
      expected: 'a tensors file in the same folder',
      received: `"${manifest.file.name}"`,
    });
  return manifest;
}

function checkStructure(folder: string, like: TensorTree, manifest: Manifest): void {
  const mismatch = leafMismatch(
    treeEntries(like),
    manifest.leaves.map((leaf) => [leaf.path, leaf] as const),
  );
  if (mismatch)
    throw new CheckpointError({
      code: 'other-structure',
      where: `${folder}, tensor "${mismatch.path}"`,
      expected: mismatch.expected,
      received: mismatch.received,
      hint: 'The checkpoint is of another model: load it with the options that it was made with.',
      details: { ...mismatch },
    });
}

async function readTensors(fs: FileSystem, path: string, { file, leaves }: Manifest): Promise<HostTensor[]> {
  let bytes: Uint8Array;
  try {
    bytes = await fs.readFile(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw toFileError(error, path);
    throw damaged('tensors-missing', path, 'the tensors of the checkpoint', 'no file', error);
  }
  if (bytes.length !== file.bytes)
    throw damaged('tensors-truncated', path, `${file.bytes} bytes`, `${bytes.length}`);
  const hash = await sha256(bytes);
  if (hash !== file.sha256) throw damaged('tensors-altered', path, `sha256 ${file.sha256}`, hash);

  const { tensors } = readSafetensors(bytes);
  const mismatch = leafMismatch(
    leaves.map((leaf) => [leaf.path, leaf] as const),
    tensors,
  );
  if (mismatch)
    throw damaged('manifest-mismatch', path, `${mismatch.expected} at "${mismatch.path}"`, mismatch.received);
  return leaves.map((leaf) => tensors.get(leaf.path) as HostTensor);
}

const damaged = (
  code: string,
  where: string,
  expected: string,
  received: string,
  cause?: unknown,
): CheckpointError =>
  new CheckpointError({
    code,
    where,
    expected,
    received,
    hint: 'The checkpoint is damaged: use another one.',
    cause,
  });
