import { DataError } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toRows } from '../points/points.js';
import { pickleFile } from './pickle-files-fixture.js';
import { nineMersCsv } from './nine-mers.js';
import { parseNumpyPickle } from './numpy-pickle.js';

const text = async (bytes: Promise<Uint8Array>): Promise<string> => new TextDecoder().decode(await bytes);

describe('parseNumpyPickle', () => {
  it.each(['protocol2', 'protocol3', 'protocol4', 'protocol5', 'python2'] as const)(
    'reads C- and Fortran-ordered arrays: %s',
    async (name) => {
      const arrays = await parseNumpyPickle(pickleFile(name));
      expect([...arrays.keys()].sort()).toEqual(['A', 'G']);
      const f = Math.fround;
      expect(toRows(arrays.get('G')!)).toEqual([
        [1.5, -2.25],
        [f(0.01), f(-3.14)],
      ]);
      expect(toRows(arrays.get('A')!)).toEqual([
        [f(f(0.01) * 2), f(f(-3.14) * 2)],
        [3, -4.5],
      ]);
    },
  );

  it.each([
    ['lists', /another value/],
    ['list', /another object/],
    ['command', /posix.system, which is not a NumPy array/],
  ] as const)('refuses %s, and runs nothing', async (name, message) =>
    expect(parseNumpyPickle(pickleFile(name))).rejects.toThrow(message),
  );

  it('gives a DataError for truncated and damaged bytes', async () => {
    const whole = pickleFile('protocol4');
    for (let length = 0; length < whole.length; length++)
      await expect(parseNumpyPickle(whole.subarray(0, length))).rejects.toBeInstanceOf(DataError);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('protocol2', 'protocol4', 'protocol5', 'python2'),
        fc.nat(),
        fc.nat(255),
        async (name, at, value) => {
          const bytes = pickleFile(name);
          bytes[at % bytes.length] = value;
          try {
            await parseNumpyPickle(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(DataError);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('nineMersCsv', () => {
  it('writes one amino acid to two decimals', async () =>
    expect(await text(nineMersCsv(pickleFile('protocol4'), 'G'))).toBe('phi,psi\n1.50,-2.25\n0.01,-3.14\n'));

  it('writes all of them in the order of their codes', async () => {
    const lines = (await text(nineMersCsv(pickleFile('allAminoAcids')))).split('\n');
    expect(lines).toHaveLength(22);
    expect(lines.slice(0, 3)).toEqual(['aa,phi,psi', 'A,0.19,-3.14', 'C,0.18,-3.14']);
    expect(lines.slice(-2)).toEqual(['Y,0.00,-3.14', '']);
  });

  it('names the amino acid that is missing', async () =>
    expect(nineMersCsv(pickleFile('protocol4'))).rejects.toThrow(/array \[n, 2\] named C/));
});
