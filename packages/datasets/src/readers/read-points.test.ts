import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, type EbimError } from '@ebim/runtime';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toRows } from '../points/points.js';
import { numpyFile } from './numpy-files-fixture.js';
import { readPoints, type ReadPointsOptions } from './read-points.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = async (text: string, options?: ReadPointsOptions): Promise<number[][]> =>
  toRows(await readPoints(bytesOf(text), options));

const failure = async (promise: Promise<unknown>): Promise<EbimError> => {
  const error: unknown = await promise.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
};

const SQUARE = [
  [1, 2],
  [3.5, -4e-3],
];

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'ebim-read-'))));
afterAll(async () => rm(folder, { recursive: true }));

describe('text', () => {
  it.each([
    ['commas', '1,2\n3.5,-4e-3\n'],
    ['tabs', '1\t2\n3.5\t-4e-3\n'],
    ['semicolons', '1;2\n3.5;-4e-3'],
    ['spaces in columns', '   1     2\n 3.5 -4e-3\n'],
    ['commas and spaces', '1, 2\n3.5 , -4e-3\n'],
    ['CRLF', '1,2\r\n3.5,-4e-3\r\n'],
    ['CR', '1,2\r3.5,-4e-3\r'],
    ['a header', 'x,y\n1,2\n3.5,-4e-3\n'],
    ['comments before and after a header', '# made by hand, twice\nx,y\n1,2\n# and\n3.5,-4e-3\n'],
    ['quotes', '"x, first",y\n"1","2"\n3.5,"-4e-3"'],
    ['a byte order mark', '\uFEFF1,2\n3.5,-4e-3\n'],
    ['a byte order mark before a quoted header', '\uFEFF"x","y"\n1,2\n3.5,-4e-3\n'],
    ['blank lines', '\n\n1,2\n\n3.5,-4e-3\n\n'],
    ['mixed line ends, as in earth files', '# source\r\nlat,long\r\n1,2\r\n3.5,-4e-3'],
    ['other spellings of numbers', '+1.,2.0e0\n3.5,-.4E-02\n'],
  ])('with %s', async (_, text) => expect(await read(text)).toEqual(SQUARE));

  it('in UTF-16, as spreadsheets export it', async () => {
    const little = Buffer.from('\uFEFFx\ty\r\n1\t2\r\n3.5\t-4e-3\r\n', 'utf16le');
    expect(toRows(await readPoints(little))).toEqual(SQUARE);
    expect(toRows(await readPoints(Buffer.from(little).swap16()))).toEqual(SQUARE);
  });

  it('keeps the columns that are named or numbered', async () => {
    const text = 'aa,phi,psi\nA,1,2\nG,3.5,-4e-3\n';
    expect(await read(text, { columns: ['phi', 'psi'] })).toEqual(SQUARE);
    expect(await read(text, { columns: ['psi', 1] })).toEqual(SQUARE.map((values) => [...values].reverse()));
  });

  it('obeys the delimiter and header options', async () => {
    await expect(read('1,2\n3,4\n', { header: true })).rejects.toThrow(/at least 2 rows, got 1/);
    await expect(read('a,b\n3,4\n', { header: false })).rejects.toThrow(/line 1, column 1/);
    expect(await read('1 ; 2\n3;4', { delimiter: ';' })).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('gives the same rows, or the same error, whether fields are quoted or not', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.array(fc.constantFrom('1', '-2.5', ' 3', '4 ', 'x', '', 'nan'), {
              minLength: 1,
              maxLength: 3,
            }),
            fc.constantFrom('# comment', '', '  # comment', ' '),
          ),
          { maxLength: 6 },
        ),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.constantFrom(',' as const, '\t' as const, ';' as const),
        async (lines, end, delimiter) => {
          // A row whose only field is empty is a blank line, which quotes would turn into an empty field.
          const rows = lines.map((line) => (Array.isArray(line) && line.join('').trim() === '' ? '' : line));
          const textOf = (quote: string): string =>
            rows
              .map((line) =>
                Array.isArray(line) ? line.map((f) => quote + f.trim() + quote).join(delimiter) : line,
              )
              .join(end);
          const outcome = async (text: string): Promise<unknown> =>
            read(text, { delimiter, requireVariation: 'ignore' }).catch(({ code, details }: EbimError) => ({
              code,
              details,
            }));
          expect(await outcome(`${textOf('"')}${end}`)).toEqual(await outcome(`${textOf('')}${end}`));
        },
      ),
      { numRuns: 300 },
    ));

  it('round-trips any numbers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()), {
          minLength: 2,
        }),
        async (rows) => {
          const text = rows.map((values) => values.join(',')).join('\n');
          const back = await read(text, { requireVariation: 'ignore' });
          // -0 and 0 are the same number in text.
          expect(back.flat().map((v) => v + 0)).toEqual(rows.flat().map((v) => v + 0));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('bad text is an error that says where', () => {
  it.each([
    ['an empty file', '', 'empty-file', {}],
    ['only comments', '# nothing\n#\n', 'no-rows', {}],
    ['only a header', 'x,y\n', 'no-rows', {}],
    ['only blank lines', '\n \n', 'no-rows', {}],
    ['one row', 'x,y\n1,2\n', 'too-few-rows', {}],
    ['a short row', '# c\nx,y\n1,2\n3\n', 'ragged-rows', { line: 4, expected: 2, received: 1 }],
    ['a long row', '1,2\n\n3,4,5\n', 'ragged-rows', { line: 3 }],
    ['a trailing delimiter', '1,2\n3,4,\n', 'ragged-rows', { line: 2 }],
    ['text', '# c\r\nx,y\r\n1,2\r\n3,four\r\n', 'not-a-number', { line: 4, column: 2, field: 'four' }],
    ['a unit', '1,2\n3 m,4\n', 'not-a-number', { line: 2, column: 1 }],
    ['hexadecimal', '1,2\n0x10,4\n', 'not-a-number', { line: 2 }],
    ['a decimal comma', '1,5;2\n3,5;4\n', 'not-a-number', { line: 1, column: 1 }],
    ['a comment after the numbers', '1,2\n3,4 # note\n', 'not-a-number', { line: 2, column: 2 }],
    ['a header half of numbers', 'x,1\n2,3\n', 'not-a-number', { line: 1, column: 1 }],
    ['NaN', '1,2\n3,NaN\n', 'not-finite', { line: 2, column: 2 }],
    ['NaN in the first line', 'nan,nan\n3,4\n5,6\n', 'not-finite', { line: 1, column: 1 }],
    ['infinity', '1,2\n-inf,3\n', 'not-finite', { line: 2, column: 1 }],
    ['a number beyond float64', '1,2\n1e999,3\n', 'not-finite', { line: 2 }],
    ['an empty field', '1,2\n3,\n', 'not-finite', { line: 2, column: 2, field: '' }],
    ['a constant column', 'x,y\n1,7\n2,7\n', 'constant-column', { column: 2, value: 7 }],
    ['an open quote', '1,2\n"3,4\n', 'bad-csv', {}],
    ['a quote in a field', '1,2\n3"3,4\n', 'bad-csv', {}],
    ['binary data', 'abc\0def', 'not-text', {}],
  ] as const)('%s', async (_, text, code, details) => {
    const error = await failure(read(text));
    expect(error.code).toBe(code);
    expect(error.details).toMatchObject(details);
    if ('line' in details) expect(error.message).toContain(`line ${details.line}`);
    expect(error.message.split('\n')).toHaveLength(1);
  });

  it('a column that is not there', async () => {
    expect((await failure(read('x,y\n1,2\n3,4', { columns: ['z'] }))).message).toMatch(
      /one of x, y, got "z"/,
    );
    expect((await failure(read('1,2\n3,4', { columns: [2] }))).message).toMatch(/0 to 1 .*got 2/);
    expect((await failure(read('1,2\n3,4', { columns: ['x'] }))).code).toBe('no-such-column');
  });

  it('a hint for decimal commas', async () =>
    expect((await failure(read('1,5;2\n3,5;4\n'))).message).toMatch(/point, not a comma/));

  it('a constant column can be a warning, or fine', async () => {
    const warnings: string[] = [];
    const onWarning = ({ code }: DataError): unknown => warnings.push(code);
    await read('1,7\n2,7', { requireVariation: 'warn', onWarning });
    expect(warnings).toEqual(['constant-column']);
    await read('1,7\n2,7', { requireVariation: 'ignore', onWarning });
    expect(warnings).toHaveLength(1);
    expect(await read('1,7', { minRows: 1 })).toEqual([[1, 7]]);
  });
});

describe('files', () => {
  it('are read by path, whatever their name says', async () => {
    const path = join(folder, 'points.data');
    await writeFile(path, numpyFile('<f8'));
    expect(toRows(await readPoints(path))).toEqual([
      [1, -2, 3],
      [4, 5, -6],
    ]);
  });

  it('that are missing or folders are errors with the path', async () => {
    const missing = await failure(readPoints(join(folder, 'nope.csv')));
    expect([missing.code, missing.where]).toEqual(['missing-file', join(folder, 'nope.csv')]);
    expect((await failure(readPoints(folder))).code).toBe('is-directory');
    await writeFile(join(folder, 'a-file'), '1');
    expect((await failure(readPoints(join(folder, 'a-file', 'x.csv')))).code).toBe('missing-file');
  });

  it('named .npy or .npz with other content are refused as such', async () => {
    await writeFile(join(folder, 'wrong.npy'), '1,2\n3,4\n');
    expect((await failure(readPoints(join(folder, 'wrong.npy')))).code).toBe('wrong-magic');
    await writeFile(join(folder, 'wrong.NPZ'), '1,2\n3,4\n');
    expect((await failure(readPoints(join(folder, 'wrong.NPZ')))).code).toBe('bad-zip');
  });
});

describe('NumPy points', () => {
  it('are held to the same rules', async () => {
    expect((await failure(readPoints(numpyFile('oneDimension')))).code).toBe('not-2d');
    const withNaN = numpyFile('<f4');
    new DataView(withNaN.buffer).setFloat32(withNaN.length - 4, NaN, true);
    const error = await failure(readPoints(withNaN));
    expect([error.code, error.details]).toEqual(['not-finite', { row: 1, column: 2 }]);
    expect((await failure(readPoints(numpyFile('<f4'), { columns: ['x'] }))).code).toBe('no-such-column');
    expect(toRows(await readPoints(numpyFile('<f4'), { columns: [2, 0] }))).toEqual([
      [3, 1],
      [-6, 4],
    ]);
  });

  it('of one array of an archive', async () => {
    expect((await readPoints(numpyFile('npz'))).columns).toBe(3);
    expect((await failure(readPoints(numpyFile('npzCompressed')))).message).toMatch(/one of the arrays x, y/);
    expect(toRows(await readPoints(numpyFile('npzCompressed'), { array: 'y' }))[0]).toEqual([
      1.25, -1.75, 3.25,
    ]);
    expect((await failure(readPoints(numpyFile('npz'), { array: 'z' }))).code).toBe('no-such-array');
  });
});

describe('any bytes give points or a DataError', () => {
  const onlyDataErrors = async (bytes: Uint8Array, options?: ReadPointsOptions): Promise<void> => {
    try {
      const points = await readPoints(bytes, options);
      expect(points.data).toHaveLength(points.rows * points.columns);
      expect(points.data.every(Number.isFinite)).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
    }
  };
  const formats = fc.constantFrom('text', 'npy', 'npz', undefined);

  it('random bytes', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), formats, async (bytes, format) =>
        onlyDataErrors(bytes, format === undefined ? {} : { format }),
      ),
      { numRuns: 300 },
    ));

  it('random characters of tables', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...'0123456789.,;\t\n\r "#-+eExn'), { maxLength: 60 }),
        async (characters) => onlyDataErrors(bytesOf(characters.join(''))),
      ),
      { numRuns: 300 },
    ));

  it.each(['<f4', '>i8', 'version2', 'fortran', 'npz', 'npzCompressed', 'record'] as const)(
    'a damaged or truncated file: %s',
    (name) =>
      fc.assert(
        fc.asyncProperty(fc.nat(), fc.nat(255), fc.nat(), async (at, value, length) => {
          const bytes = numpyFile(name);
          bytes[at % bytes.length] = value;
          await onlyDataErrors(bytes.subarray(0, length % 2 === 0 ? bytes.length : length % bytes.length), {
            array: 'y',
          });
        }),
        { numRuns: 200 },
      ),
  );
});
