import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '@ebim/runtime';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRows, pointsOf, toRows } from '../points/points.js';
import { NUMPY_FILES, numpyFile } from './numpy-files-fixture.js';
import { formatNpy, parseNpy } from './npy.js';
import { readPoints } from './read-points.js';
import { formatCsv, writeCsv, writeNpy } from './write.js';

const VALUES = [
  [1, -2, 3],
  [4, 5, -6],
];

describe('parseNpy', () => {
  it.each(['<f4', '>f4', '<f8', '>f8', '<i4', '>i4', '<i8', '>i8', '|i1', 'fortran'] as const)(
    'reads what NumPy wrote: %s',
    (name) => expect(toRows(parseNpy(numpyFile(name)))).toEqual(VALUES),
  );

  it.each(['|u1', '<u2'] as const)('reads unsigned %s', (name) =>
    expect(toRows(parseNpy(numpyFile(name)))).toEqual(VALUES.map((values) => values.map(Math.abs))),
  );

  it.each(['version2', 'version3'] as const)('reads %s', (name) =>
    expect(toRows(parseNpy(numpyFile(name)))).toEqual(VALUES.map((values) => values.map((v) => v / 2))),
  );

  it('reads from the middle of a larger buffer', () => {
    const file = numpyFile('<f8');
    const larger = new Uint8Array(file.length + 3);
    larger.set(file, 3);
    expect(toRows(parseNpy(larger.subarray(3)))).toEqual(VALUES);
  });

  it.each([
    ['oneDimension', 'not-2d'],
    ['complex', 'unsupported-dtype'],
    ['record', 'unsupported-dtype'],
    ['npz', 'wrong-magic'],
  ] as const)('refuses %s as %s', (name, code) =>
    expect(() => parseNpy(numpyFile(name))).toThrow(expect.objectContaining({ code })),
  );

  it('refuses every truncation', () => {
    for (const name of ['<f4', 'version2'] as const) {
      const file = numpyFile(name);
      for (let length = 0; length < file.length; length++)
        expect(() => parseNpy(file.subarray(0, length))).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^(wrong-magic|truncated|bad-npy)$/) }),
        );
    }
  });

  it('refuses other versions and headers', () => {
    const version = numpyFile('<f4');
    version[6] = 4;
    expect(() => parseNpy(version)).toThrow(/version 1, 2 or 3, got version 4/);
    const header = numpyFile('<f4');
    header[12] = 0x58;
    expect(() => parseNpy(header)).toThrow(expect.objectContaining({ code: 'bad-npy' }));
    const shape = (text: string): Uint8Array => {
      const file = Buffer.from(numpyFile('<f4'));
      const at = file.indexOf('(2, 3), }');
      file.write(text.padEnd(40), at, 'latin1');
      return file;
    };
    expect(() => parseNpy(shape('(2 1, 3), }'))).toThrow(expect.objectContaining({ code: 'bad-npy' }));
    expect(() => parseNpy(shape('(99999999999, 3), }'))).toThrow(
      expect.objectContaining({ code: 'truncated' }),
    );
    expect(toRows(parseNpy(shape('(2L, 3L), }')))).toEqual(VALUES);
    expect(parseNpy(shape('(999999999999, 0), }')).data).toHaveLength(0);
  });
});

describe('formatNpy', () => {
  it('writes byte for byte what NumPy writes', () => {
    // NumPy leaves more room in the header for growth, so only the padding may differ.
    for (const [dtype, name] of [
      ['float32', '<f4'],
      ['float64', '<f8'],
    ] as const) {
      const ours = formatNpy(fromRows(VALUES), { dtype });
      const theirs = numpyFile(name);
      expect(ours).toEqual(theirs);
    }
    expect(Object.keys(NUMPY_FILES)).toContain('<f8');
  });

  it('comes back equal, aligned to 64 bytes, for any size', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(40), (columns, rows) => {
        const points = pointsOf(
          Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i)),
          columns,
        );
        const bytes = formatNpy(points);
        expect((bytes.length - 8 * points.data.length) % 64).toBe(0);
        expect(parseNpy(bytes)).toEqual(points);
      }),
    ));
});

describe('files of points', () => {
  let folder = '';
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'ebim-write-'))));
  afterAll(async () => rm(folder, { recursive: true }));

  it('are written whole, in new folders, with nothing left beside them', async () => {
    const points = fromRows([
      [0.1, 1e-300],
      [-1 / 3, 12345678.9],
    ]);
    const inside = join(folder, 'a', 'b');
    await writeNpy(join(inside, 'p.npy'), points);
    await writeCsv(join(inside, 'p.csv'), points, { header: ['x', 'y, "last"'] });
    await writeCsv(join(inside, 'p.tsv'), points, { delimiter: '\t' });
    expect((await readdir(inside)).sort()).toEqual(['p.csv', 'p.npy', 'p.tsv']);
    for (const name of ['p.npy', 'p.csv', 'p.tsv'])
      expect(toRows(await readPoints(join(inside, name)))).toEqual(toRows(points));
    expect(await readFile(join(inside, 'p.csv'), 'utf8')).toBe(
      'x,"y, ""last"""\n0.1,1e-300\n-0.3333333333333333,12345678.9\n',
    );
  });

  it('that cannot be written are FileErrors', async () => {
    const file = join(folder, 'in-the-way');
    await writeFile(file, '');
    await expect(writeNpy(join(file, 'p.npy'), fromRows(VALUES))).rejects.toBeInstanceOf(FileError);
    await expect(writeNpy(folder, fromRows(VALUES))).rejects.toBeInstanceOf(FileError);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('need a name for every column of the header', () =>
    expect(() => formatCsv(fromRows(VALUES), { header: ['x'] })).toThrow(/3 names, got 1/));
});
