import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile, TEMPORARY, writeFileAtomically } from './atomic-file.js';
import { faultyFileSystem } from './faulty-file-system.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ebim-atomic-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writeFileAtomically', () => {
  it('writes text and bytes and replaces what is there', async () => {
    const path = join(folder, 'a');
    await writeFileAtomically(path, 'longer than the next');
    await writeFileAtomically(path, 'grüße');
    expect(await readFile(path, 'utf8')).toBe('grüße');
    await writeFileAtomically(path, new Uint8Array([0, 255]));
    expect([...(await readFile(path))]).toEqual([0, 255]);
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('lets writers of one file overtake each other without mixing', async () => {
    const path = join(folder, 'a');
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
    await Promise.all(texts.map((text) => writeFileAtomically(path, text)));
    expect(texts).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('shows the old contents or the new ones after a crash at any operation', async () => {
    const path = join(folder, 'a');
    const seen = new Set<string>();
    for (let at = 0; at < 8; at++) {
      await writeFile(path, 'old');
      const { fs } = await faultyFileSystem({ kind: 'crash', at });
      await replaceFile(fs, path, 'new contents').catch(() => undefined);
      seen.add(await readFile(path, 'utf8'));
      for (const name of await readdir(folder)) expect(name === 'a' || TEMPORARY.test(name)).toBe(true);
    }
    expect([...seen].sort()).toEqual(['new contents', 'old']);
  });

  it('does without an fsync of the folder where the system has none', async () => {
    // Operations: open, write, sync, close, rename, open of the folder.
    for (const code of ['EPERM', 'EISDIR', 'EINVAL']) {
      const { fs } = await faultyFileSystem({ kind: 'fail', at: 5, code });
      await replaceFile(fs, join(folder, 'a'), code);
      expect(await readFile(join(folder, 'a'), 'utf8')).toBe(code);
    }
  });

  it('answers with typed errors that name the path', async () => {
    const missing = join(folder, 'none', 'a');
    await expect(writeFileAtomically(missing, 'x')).rejects.toMatchObject({
      name: 'FileError',
      code: 'not-found',
      where: missing,
      details: { system: 'ENOENT' },
    });
    await mkdir(join(folder, 'full', 'x'), { recursive: true });
    await expect(writeFileAtomically(join(folder, 'full'), 'x')).rejects.toMatchObject({ name: 'FileError' });
    await writeFile(join(folder, 'plain'), '');
    await expect(writeFileAtomically(join(folder, 'plain', 'a'), 'x')).rejects.toMatchObject({
      code: 'not-a-folder',
    });
    expect((await readdir(folder)).sort()).toEqual(['full', 'plain']);
  });
});
