import { chmod, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { useBackend } from '../backend/use-backend.js';
import { treeDispose, treeEntries, type TensorTree } from '../trees/tensor-tree.js';
import { faultyFileSystem } from './faulty-file-system.js';
import type { JsonValue } from './json.js';
import { loadCheckpoint, type LoadCheckpointOptions } from './load-checkpoint.js';
import { MANIFEST, sha256 } from './manifest.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';
import { saveCheckpoint, saveCheckpointOn } from './save-checkpoint.js';

let folder = '';
let parent = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'ebim-checkpoint-'));
  folder = join(parent, 'run', 'checkpoint');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

/** Two layers, a counter, a mask, an empty list and a name with a dot: all that a state is made of. */
const sample = (start = 0): { [name: string]: TensorTree } => ({
  layers: [
    { kernel: tf.tensor2d([start, 1, NaN, -0], [2, 2]), bias: tf.tensor1d([1e-45]) },
    { kernel: tf.zeros([0, 3]), bias: tf.tensor1d([-Infinity]) },
  ],
  step: tf.scalar(2 ** 31 - 1, 'int32'),
  'a.b': { mask: tf.tensor1d([true, false], 'bool') },
  none: [],
});

async function save(start = 0, meta: JsonValue = { start }): Promise<void> {
  const tensors = sample(start);
  try {
    await saveCheckpoint(folder, { tensors, meta, kind: 'test' });
  } finally {
    treeDispose(tensors);
  }
}

/** Loads, disposes, and gives the metadata. */
async function load(options?: LoadCheckpointOptions): Promise<JsonValue> {
  const { tensors, meta } = await loadCheckpoint(folder, options);
  treeDispose(tensors);
  return meta;
}

const refused = (code: string, name = 'CheckpointError') =>
  expect.objectContaining({ code, name }) as unknown;
const tensorsName = async () =>
  (await readdir(folder)).find((name) => name.endsWith('.safetensors')) as string;

/** Rewrites the manifest, with the hash that belongs to its new contents. */
async function forge(change: (manifest: Record<string, unknown>) => void): Promise<void> {
  const path = join(folder, MANIFEST);
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  delete manifest.sha256;
  change(manifest);
  const hash = await sha256(JSON.stringify(manifest));
  await writeFile(path, JSON.stringify({ ...manifest, sha256: hash }));
}

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('comes back with structure, dtypes, shapes and bits', async () => {
    const tensors = sample(3);
    await saveCheckpoint(folder, { tensors, meta: { note: 'é', list: [1, null, true] }, kind: 'test' });
    const loaded = await loadCheckpoint(folder, { like: tensors, kind: 'test' });
    expect(loaded.kind).toBe('test');
    expect(loaded.meta).toEqual({ note: 'é', list: [1, null, true] });
    const tree = loaded.tensors as ReturnType<typeof sample>;
    expect(Array.isArray(tree.layers)).toBe(true);
    expect(tree.none).toEqual([]);
    const [before, after] = [treeEntries(tensors), treeEntries(tree)];
    expect(after.map(([path]) => path)).toEqual(before.map(([path]) => path));
    for (const [i, [, leaf]] of before.entries()) {
      const other = after[i][1];
      expect([other.dtype, other.shape]).toEqual([leaf.dtype, leaf.shape]);
      const [a, b] = [await leaf.data(), await other.data()];
      expect(new Uint8Array(b.buffer, b.byteOffset, b.byteLength)).toEqual(
        new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
      );
    }
    treeDispose(tensors);
    treeDispose(tree);
  });

  it('takes a bare tensor, a list and nothing at all', async () => {
    for (const tensors of [tf.scalar(4), [tf.scalar(4), [tf.scalar(5)]], {}, []] as TensorTree[]) {
      await saveCheckpoint(folder, { tensors, meta: null });
      const loaded = await loadCheckpoint(folder, { like: tensors });
      expect(treeEntries(loaded.tensors).map(([path, leaf]) => [path, leaf.dataSync()[0]])).toEqual(
        treeEntries(tensors).map(([path, leaf]) => [path, leaf.dataSync()[0]]),
      );
      treeDispose(loaded.tensors);
      treeDispose(tensors);
    }
  });
});

describe('the folder', () => {
  installLeakGuard();

  it('holds a safetensors file and a manifest, of the latest checkpoint only', async () => {
    await save(1);
    const first = await tensorsName();
    await save(2);
    const names = (await readdir(folder)).sort();
    expect(names).toEqual([MANIFEST, await tensorsName()]);
    expect(names).not.toContain(first);
    const { tensors } = readSafetensors(await readFile(join(folder, names[1])));
    expect(tensors.get('layers/0/kernel')?.data[0]).toBe(2);
    expect(await load()).toEqual({ start: 2 });
  });

  it('loses what a crash left, and nothing else', async () => {
    await mkdir(folder, { recursive: true });
    const id = '01234567-89ab-cdef-0123-456789abcdef';
    const left = [`${MANIFEST}.${id}.tmp`, `tensors-0123456789abcdef.safetensors.${id}.tmp`];
    const foreign = ['notes.txt', 'tensors-mine.safetensors', `notes.txt.${id}.tmp`];
    for (const name of [...left, ...foreign, 'tensors-0123456789abcdef.safetensors'])
      await writeFile(join(folder, name), 'x');
    await save();
    expect((await readdir(folder)).filter((name) => !foreign.includes(name)).sort()).toEqual([
      MANIFEST,
      await readManifestFile(),
    ]);
    for (const name of foreign) expect(await readFile(join(folder, name), 'utf8')).toBe('x');
  });

  it('can be saved again with equal tensors and other metadata', async () => {
    await save(1, 'a');
    await save(1, 'b');
    expect(await load()).toBe('b');
  });

  it('keeps any JSON unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (value) => {
        const meta = JSON.parse(JSON.stringify(value)) as JsonValue;
        await saveCheckpoint(folder, { tensors: [], meta });
        expect(await load()).toEqual(meta);
      }),
      { numRuns: 25 },
    );
  });
});

const readManifestFile = async (): Promise<string> => {
  const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as { file: { name: string } };
  return manifest.file.name;
};

describe('loadCheckpoint refuses', () => {
  installLeakGuard();

  it('what does not exist', async () => {
    await expect(load()).rejects.toEqual(refused('checkpoint-missing'));
    await mkdir(folder, { recursive: true });
    await expect(load()).rejects.toEqual(refused('checkpoint-missing'));
  });

  it('a missing, shortened, lengthened or altered tensors file', async () => {
    await save();
    const path = join(folder, await tensorsName());
    const good = await readFile(path);
    for (const length of [0, 5, good.length - 1]) {
      await truncate(path, length);
      await expect(load()).rejects.toEqual(refused('tensors-truncated'));
      await writeFile(path, good);
    }
    await writeFile(path, Buffer.concat([good, Buffer.from([0])]));
    await expect(load()).rejects.toEqual(refused('tensors-truncated'));
    for (const at of [0, 9, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[at] ^= 1;
      await writeFile(path, bad);
      await expect(load()).rejects.toEqual(refused('tensors-altered'));
    }
    await rm(path);
    await expect(load()).rejects.toEqual(refused('tensors-missing'));
  });

  it('every truncation of the manifest', async () => {
    await save();
    const path = join(folder, MANIFEST);
    const text = (await readFile(path, 'utf8')).trimEnd();
    for (let length = 0; length < text.length; length += 7) {
      await writeFile(path, text.slice(0, length));
      await expect(load()).rejects.toEqual(refused('manifest-damaged'));
    }
  });

  it('an edited manifest', async () => {
    await save(1);
    const path = join(folder, MANIFEST);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"start": 1', '"start": 2'));
    await expect(load()).rejects.toEqual(refused('manifest-altered'));
    await writeFile(path, text.replace(/"sha256": "[0-9a-f]+"\n}/, '"other": 1 }'));
    await expect(load()).rejects.toEqual(refused('manifest-altered'));
  });

  it('a manifest of something else', async () => {
    await mkdir(folder, { recursive: true });
    for (const text of ['{}', '[]', 'null', '3', '{"format":"other"}']) {
      await writeFile(join(folder, MANIFEST), text);
      await expect(load()).rejects.toEqual(refused('not-a-checkpoint'));
    }
  });

  it('another version', async () => {
    for (const version of [0, 2, '1', null]) {
      await save();
      await forge((manifest) => (manifest.version = version));
      await expect(load()).rejects.toEqual(refused('other-version'));
    }
  });

  it('another kind', async () => {
    await save();
    await expect(load({ kind: 'other' })).rejects.toEqual(refused('other-kind'));
    expect(await load({ kind: 'test' })).toEqual({ start: 0 });
  });

  it('another structure than asked for', async () => {
    await save();
    const changes: ((tree: Record<string, unknown>) => void)[] = [
      (tree) => (tree.step = tf.scalar(0, 'float32')),
      (tree) => (tree.step = tf.zeros([1], 'int32')),
      (tree) => (tree.more = tf.scalar(0)),
      (tree) => delete tree.step,
      (tree) => (tree.layers = (tree.layers as unknown[]).slice(0, 1)),
    ];
    for (const change of changes) {
      const full = sample();
      const like = { ...full };
      change(like);
      await expect(load({ like })).rejects.toEqual(refused('other-structure'));
      treeDispose(full);
      treeDispose(like);
    }
  });

  it('a tensors file outside the folder', async () => {
    await save();
    await forge((manifest) => ((manifest.file as { name: string }).name = '../../secret.safetensors'));
    await expect(load()).rejects.toEqual(refused('not-a-checkpoint'));
  });

  it('a tensors file whose contents are not what the manifest lists', async () => {
    await save();
    const bytes = writeSafetensors(
      new Map([['x', { dtype: 'float32', shape: [1], data: new Float32Array(1) }]]),
    );
    await writeFile(join(folder, await tensorsName()), bytes);
    const hash = await sha256(bytes);
    await forge((manifest) => Object.assign(manifest.file as object, { bytes: bytes.length, sha256: hash }));
    await expect(load()).rejects.toEqual(refused('manifest-mismatch'));
  });

  it('with a hint in every case', async () => {
    await expect(load()).rejects.toEqual(
      expect.objectContaining({ hint: expect.stringMatching(/\w+/) as unknown }),
    );
  });
});

describe('saveCheckpoint', () => {
  installLeakGuard();

  it('refuses what it cannot keep, before it writes anything', async () => {
    const leaf = tf.scalar(1);
    const text = tf.tensor(['a']);
    await expect(saveCheckpoint(folder, { tensors: [text], meta: null })).rejects.toEqual(
      refused('unsupported-dtype'),
    );
    await expect(
      saveCheckpoint(folder, { tensors: { 'a/b': leaf, a: { b: leaf } }, meta: null }),
    ).rejects.toEqual(refused('duplicate-path'));
    await expect(saveCheckpoint(folder, { tensors: { __metadata__: leaf }, meta: null })).rejects.toEqual(
      refused('safetensors-layout'),
    );
    await expect(saveCheckpoint(folder, { tensors: [], meta: { loss: NaN } })).rejects.toEqual(
      refused('not-json', 'ConfigError'),
    );
    expect(await readdir(parent)).toEqual([]);
    tf.dispose([leaf, text]);
  });

  it('leaves the old checkpoint or the new one, whatever moment a crash comes', async () => {
    const { fs: counted, count } = await faultyFileSystem({ kind: 'crash', at: -1 });
    await save(1);
    const [one, two] = [sample(1), sample(2)];
    await saveCheckpointOn(counted, folder, { tensors: two, meta: { start: 2 } });
    expect(count()).toBeGreaterThan(12);
    const seen = new Set<string>();
    for (let at = 0; at < count(); at++) {
      await rm(folder, { recursive: true });
      await saveCheckpoint(folder, { tensors: one, meta: { start: 1 } });
      const { fs } = await faultyFileSystem({ kind: 'crash', at });
      await saveCheckpointOn(fs, folder, { tensors: two, meta: { start: 2 } }).catch(() => undefined);
      const loaded = await loadCheckpoint(folder, { like: one });
      const [first] = await (
        loaded.tensors as ReturnType<typeof sample> & { layers: { kernel: tf.Tensor }[] }
      ).layers[0].kernel.data();
      expect(loaded.meta).toEqual({ start: first });
      seen.add(JSON.stringify(loaded.meta));
      treeDispose(loaded.tensors);

      // The next save works and clears up.
      await saveCheckpoint(folder, { tensors: two, meta: { start: 2 } });
      expect(await readdir(folder)).toHaveLength(2);
    }
    expect(seen.size).toBe(2);
    treeDispose(one);
    treeDispose(two);
  });

  it('leaves nothing at all when the first save crashes before its end', async () => {
    const tensors = sample();
    for (let at = 0; at < 9; at++) {
      const { fs } = await faultyFileSystem({ kind: 'crash', at });
      await expect(saveCheckpointOn(fs, folder, { tensors, meta: null })).rejects.toThrow();
      await expect(load()).rejects.toEqual(refused('checkpoint-missing'));
    }
    treeDispose(tensors);
  });

  it.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EACCES', 'permission-denied'],
    ['EROFS', 'permission-denied'],
    ['EIO', 'file-failed'],
  ])('answers %s with %s, keeps the old checkpoint and cleans up', async (system, code) => {
    await save(1);
    const before = (await readdir(folder)).sort();
    const tensors = sample(2);
    // Operations 0 … 5: make the folder; open, write, sync, close, rename of the tensors.
    for (let at = 0; at <= 5; at++) {
      const { fs } = await faultyFileSystem({ kind: 'fail', at, code: system });
      const saving = saveCheckpointOn(fs, folder, { tensors, meta: { start: 2 } });
      await expect(saving).rejects.toEqual(refused(code, 'FileError'));
      expect((await readdir(folder)).sort()).toEqual(before);
      expect(await load()).toEqual({ start: 1 });
    }
    treeDispose(tensors);
  });

  it('says so when a file is in the way of the folder', async () => {
    await writeFile(join(parent, 'run'), 'a file');
    await expect(save()).rejects.toEqual(refused('not-a-folder', 'FileError'));
    await writeFile(join(parent, 'plain'), 'a file');
    folder = join(parent, 'plain');
    await expect(save()).rejects.toEqual(refused('not-a-folder', 'FileError'));
  });

  it.skipIf(process.getuid?.() === 0)('says so when the folder is read-only', async () => {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o500);
    await expect(save()).rejects.toEqual(refused('permission-denied', 'FileError'));
    await chmod(folder, 0o700);
    expect(await readdir(folder)).toEqual([]);
  });
});
