import type * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../errors/ebim-error.js';
import type { TensorTree } from '../trees/tensor-tree.js';
import type { JsonValue } from './json.js';
import { importNode } from '../node-module.js';

/** Version of the folder layout. Raise it when older code could no longer read a checkpoint. */
export const VERSION = 1;
/** Tells our manifests from other JSON. */
export const FORMAT = 'ebim-checkpoint';

/** Name of the commit record. */
export const MANIFEST = 'manifest.json';

/** Names of tensor files: the hash makes two generations different files. */
export const TENSORS_FILE = /^tensors-[0-9a-f]{16}\.safetensors$/;
/** The name for contents with this hash. */
export const tensorsFile = (sha256: string): string => `tensors-${sha256.slice(0, 16)}.safetensors`;

/** How the leaves hang together: a number is an index into `leaves`. */
export type TreeShape = number | readonly TreeShape[] | { readonly [name: string]: TreeShape };

/** The leaf dtypes that a checkpoint holds. */
export const LEAF_DTYPES = ['float32', 'int32', 'bool'] as const;
/** One of {@link LEAF_DTYPES}. */
export type LeafDtype = (typeof LEAF_DTYPES)[number];

/** What the manifest says of one leaf. */
export interface LeafRecord {
  readonly path: string;
  readonly dtype: LeafDtype;
  readonly shape: readonly number[];
}

/** The commit record: a checkpoint exists when this file does, and is what this file says. */
export interface Manifest {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly kind: string;
  readonly file: { readonly name: string; readonly bytes: number; readonly sha256: string };
  readonly leaves: readonly LeafRecord[];
  readonly tree: TreeShape;
  readonly meta: JsonValue;
}

/** Hex SHA-256. */
export async function sha256(data: string | Uint8Array): Promise<string> {
  const { createHash } = await importNode<typeof import('node:crypto')>('node:crypto');
  return createHash('sha256').update(data).digest('hex');
}

/** The text of a manifest, with the hash of its own contents. */
export async function manifestText(manifest: Manifest): Promise<string> {
  const hash = await sha256(JSON.stringify(manifest));
  return `${JSON.stringify({ ...manifest, sha256: hash }, null, 2)}\n`;
}

/**
 * Reads a manifest back.
 *
 * @throws {@link CheckpointError} `manifest-damaged` (no JSON), `not-a-checkpoint`, `other-version`,
 * `manifest-altered`
 */
export async function parseManifest(path: string, text: string): Promise<Manifest> {
  const json = parse(path, text);
  if (!isRecord(json) || json.format !== FORMAT)
    throw new CheckpointError({
      code: 'not-a-checkpoint',
      where: path,
      expected: `format "${FORMAT}"`,
      received: isRecord(json) ? String(JSON.stringify(json.format)) : typeof json,
      hint: 'The folder holds something else.',
    });
  if (json.version !== VERSION)
    throw new CheckpointError({
      code: 'other-version',
      where: path,
      expected: `version ${VERSION}`,
      received: `version ${JSON.stringify(json.version)}`,
      hint: 'Use the version of the library that wrote the checkpoint.',
      details: { expected: VERSION, received: json.version },
    });
  const { sha256: recorded, ...contents } = json;
  // JSON.parse keeps the order of names, hence JSON.stringify gives back the text that was hashed.
  if (recorded !== (await sha256(JSON.stringify(contents))))
    throw new CheckpointError({
      code: 'manifest-altered',
      where: path,
      expected: 'contents that match their recorded hash',
      received: 'other contents',
      hint: 'The file was edited or damaged: use another checkpoint.',
    });
  return contents as unknown as Manifest;
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError({
      code: 'manifest-damaged',
      where: path,
      expected: 'JSON',
      received: text.length === 0 ? 'an empty file' : 'something else',
      hint: 'The file is truncated or damaged: use another checkpoint.',
      cause,
    });
  }
}

/** The structure of a tree, leaves numbered in their fixed order. */
export function shapeOfTree(tree: TensorTree, isLeaf: (node: TensorTree) => node is tf.Tensor): TreeShape {
  let next = 0;
  const walk = (node: TensorTree): TreeShape => {
    if (isLeaf(node)) return next++;
    if (Array.isArray(node)) return (node as readonly TensorTree[]).map(walk);
    const record = node as { readonly [name: string]: TensorTree };
    return Object.fromEntries(
      Object.keys(record)
        .sort()
        .map((name) => [name, walk(record[name])]),
    );
  };
  return walk(tree);
}

/** The tree of a structure and its leaves. */
export function treeOfShape(shape: TreeShape, leaves: readonly tf.Tensor[]): TensorTree {
  if (typeof shape === 'number') return leaves[shape];
  if (Array.isArray(shape)) return (shape as readonly TreeShape[]).map((child) => treeOfShape(child, leaves));
  return Object.fromEntries(Object.entries(shape).map(([name, child]) => [name, treeOfShape(child, leaves)]));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
