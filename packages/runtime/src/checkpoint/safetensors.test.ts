import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EbimError } from '../errors/ebim-error.js';
import type { HostTensor } from './host-tensor.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';

/*
 * Written by the Python library:
 *   save({'layers/0/kernel': np.array([[1, 2, 3], [4, 5, 6.5]], np.float32), 'scalar': np.array(-7, np.int32),
 *         'flag': np.array([True, False, True]), 'empty': np.zeros((0, 4), np.float32), 'precise': np.array([np.pi]),
 *         'big': np.array([1, -2**62], np.int64), 'bytes': np.array([200, 3], np.uint8)},
 *        metadata={'made by': 'safetensors 0.8.0'})
 */
const PYTHON_FILE = Buffer.from(
  `4AEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJtYWRlIGJ5Ijoic2FmZXRlbnNvcnMgMC44LjAifSwiYmlnIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMCwxNl19LCJwcmVjaXNlIjp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbMTYsMjRdfSwiZW1wdHkiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzAsNF0sImRhdGFfb2Zmc2V0cyI6WzI0LDI0XX0sImxheWVycy8wL2tlcm5lbCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwzXSwiZGF0YV9vZmZzZXRzIjpbMjQsNDhdfSwic2NhbGFyIjp7ImR0eXBlIjoiSTMyIiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOls0OCw1Ml19LCJieXRlcyI6eyJkdHlwZSI6IlU4Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbNTIsNTRdfSwiZmxhZyI6eyJkdHlwZSI6IkJPT0wiLCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOls1NCw1N119fSAgICAgICABAAAAAAAAAAAAAAAAAADAGC1EVPshCUAAAIA/AAAAQAAAQEAAAIBAAACgQAAA0ED5////yAMBAAE=`,
  'base64',
);

const CONTENTS: ReadonlyMap<string, HostTensor> = new Map<string, HostTensor>([
  ['flag', { dtype: 'bool', shape: [3], data: new Uint8Array([1, 0, 1]) }],
  ['layers/0/kernel', { dtype: 'float32', shape: [2, 3], data: new Float32Array([1, 2, 3, 4, 5, 6.5]) }],
  ['scalar', { dtype: 'int32', shape: [], data: new Int32Array([-7]) }],
  ['empty', { dtype: 'float32', shape: [0, 4], data: new Float32Array() }],
  ['precise', { dtype: 'float64', shape: [1], data: new Float64Array([Math.PI]) }],
  ['big', { dtype: 'int64', shape: [2], data: new BigInt64Array([1n, -(2n ** 62n)]) }],
  ['bytes', { dtype: 'uint8', shape: [2], data: new Uint8Array([200, 3]) }],
]);

const sorted = (tensors: ReadonlyMap<string, HostTensor>) =>
  [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));

/** A file from the text of a header and a number of data bytes. */
function fileOf(header: string | Uint8Array, dataBytes: number, length?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const tensor = (begin: number, end: number, shape = [(end - begin) / 4], dtype = 'F32') =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

function codeOf(file: Uint8Array): string {
  try {
    readSafetensors(file);
    return 'accepted';
  } catch (error) {
    if (!EbimError.isInstance(error)) throw error;
    expect(error.name).toBe('CheckpointError');
    return error.code;
  }
}

describe('the Python library', () => {
  it('writes what is read here, whatever place in memory the bytes have', () => {
    for (const offset of [0, 1, 4]) {
      const memory = new Uint8Array(PYTHON_FILE.length + offset);
      memory.set(PYTHON_FILE, offset);
      const { tensors, metadata } = readSafetensors(memory.subarray(offset));
      expect(sorted(tensors)).toEqual(sorted(CONTENTS));
      expect(metadata).toEqual({ 'made by': 'safetensors 0.8.0' });
    }
  });

  it('gives arrays of their own, also from a Buffer', () => {
    const copy = Buffer.from(PYTHON_FILE);
    const { tensors } = readSafetensors(copy);
    copy.fill(0);
    expect(sorted(tensors)).toEqual(sorted(CONTENTS));
  });

  it('writes the same bytes as are written here', () => {
    const file = writeSafetensors(CONTENTS, { 'made by': 'safetensors 0.8.0' });
    expect(Buffer.from(file).equals(PYTHON_FILE)).toBe(true);
  });
});

describe('writeSafetensors', () => {
  it('is undone by readSafetensors, bit for bit', () => {
    const float = fc
      .float32Array({ maxLength: 20 })
      .map((data): HostTensor => ({ dtype: 'float32', shape: [data.length], data }));
    const double = fc
      .float64Array({ maxLength: 5 })
      .map((data): HostTensor => ({ dtype: 'float64', shape: [1, data.length], data }));
    const bool = fc
      .uint8Array({ maxLength: 5, max: 1 })
      .map((data): HostTensor => ({ dtype: 'bool', shape: [data.length, 1], data }));
    const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.oneof(float, double, bool))), (list) => {
        const tensors = new Map(list);
        const back = readSafetensors(writeSafetensors(tensors));
        expect(sorted(back.tensors)).toEqual(sorted(tensors));
        const backwards = writeSafetensors(new Map([...tensors].reverse()));
        expect(Buffer.from(backwards).equals(writeSafetensors(tensors))).toBe(true);
      }),
    );
  });

  it('keeps the bits of NaN, infinities and negative zero', () => {
    const data = new Float32Array(new Uint32Array([0x7fc00001, 0xff800000, 0x80000000, 1]).buffer);
    const { tensors } = readSafetensors(
      writeSafetensors(new Map([['x', { dtype: 'float32', shape: [4], data }]])),
    );
    expect([...new Uint32Array(tensors.get('x')!.data.buffer as ArrayBuffer)]).toEqual([
      0x7fc00001, 0xff800000, 0x80000000, 1,
    ]);
  });

  it('takes views into larger arrays', () => {
    const data = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    const { tensors } = readSafetensors(
      writeSafetensors(new Map([['x', { dtype: 'float32', shape: [2], data }]])),
    );
    expect(tensors.get('x')!.data).toEqual(new Float32Array([1, 2]));
  });

  it('aligns every tensor to its entries', () => {
    const file = writeSafetensors(CONTENTS);
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect((8 + length) % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    for (const [name, { data }] of CONTENTS)
      expect(header[name].data_offsets[0] % data.BYTES_PER_ELEMENT).toBe(0);
  });

  it('refuses data that do not fill the shape, and the reserved name', () => {
    const data = new Float32Array(3);
    const code = { code: 'safetensors-layout' };
    expect(() => writeSafetensors(new Map([['x', { dtype: 'float32', shape: [2], data }]]))).toThrow(
      expect.objectContaining(code),
    );
    expect(() =>
      writeSafetensors(new Map([['__metadata__', { dtype: 'float32', shape: [3], data }]])),
    ).toThrow(expect.objectContaining(code));
  });
});

describe('readSafetensors', () => {
  it('accepts an empty file of its kind and padding', () => {
    expect(readSafetensors(fileOf('{}', 0)).tensors.size).toBe(0);
    expect(readSafetensors(fileOf(`{"a":${tensor(0, 4)}}   `, 4)).tensors.size).toBe(1);
    expect(codeOf(fileOf(`{"b":${tensor(4, 8)},"a":${tensor(0, 4)},"e":${tensor(4, 4, [0, 7])}}`, 8))).toBe(
      'accepted',
    );
  });

  it.each([
    ['nothing', new Uint8Array(0), 'safetensors-truncated'],
    ['less than a length', new Uint8Array(7), 'safetensors-truncated'],
    ['a length beyond the end', fileOf('{}', 0, 3n), 'safetensors-truncated'],
    ['a monstrous length', fileOf('{}', 0, 2n ** 63n), 'safetensors-header'],
    ['no JSON', fileOf('{"a":', 0), 'safetensors-header'],
    ['no object', fileOf('[]', 0), 'safetensors-header'],
    ['space before the header', fileOf(' {}', 0), 'safetensors-header'],
    ['a byte order mark', fileOf('\ufeff{}', 0), 'safetensors-header'],
    ['broken UTF-8', fileOf(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), 0), 'safetensors-header'],
    ['a tensor that is no object', fileOf('{"a":3}', 0), 'safetensors-header'],
    ['a missing field', fileOf('{"a":{"dtype":"F32","shape":[0]}}', 0), 'safetensors-header'],
    [
      'another field',
      fileOf('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":1}}', 0),
      'safetensors-header',
    ],
    ['a negative size', fileOf(`{"a":${tensor(0, 4, [-1, -1])}}`, 4), 'safetensors-header'],
    [
      'a size that is no number',
      fileOf('{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}', 4),
      'safetensors-header',
    ],
    [
      'three offsets',
      fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}', 4),
      'safetensors-header',
    ],
    ['a name twice', fileOf(`{"a":${tensor(0, 4)},"a":${tensor(0, 4)}}`, 4), 'safetensors-header'],
    [
      'a name twice, once escaped',
      fileOf(`{"a":${tensor(0, 4)},"\\u0061":${tensor(0, 4)}}`, 4),
      'safetensors-header',
    ],
    [
      'a field twice',
      fileOf('{"a":{"dtype":"F32","shape":[9],"shape":[1],"data_offsets":[0,4]}}', 4),
      'safetensors-header',
    ],
    ['metadata that are no strings', fileOf('{"__metadata__":{"a":1}}', 0), 'safetensors-header'],
    ['an unknown dtype', fileOf(`{"a":${tensor(0, 4, [1], 'F31')}}`, 4), 'safetensors-dtype'],
    ['a dtype without arrays', fileOf(`{"a":${tensor(0, 4, [2], 'BF16')}}`, 4), 'safetensors-dtype'],
    ['too few bytes for the shape', fileOf(`{"a":${tensor(0, 4, [2])}}`, 4), 'safetensors-layout'],
    ['an end before the begin', fileOf(`{"a":${tensor(4, 0, [0])}}`, 4), 'safetensors-layout'],
    ['an overlap', fileOf(`{"a":${tensor(0, 8)},"b":${tensor(4, 12)}}`, 12), 'safetensors-layout'],
    ['the same place twice', fileOf(`{"a":${tensor(0, 4)},"b":${tensor(0, 4)}}`, 4), 'safetensors-layout'],
    ['a hole', fileOf(`{"a":${tensor(0, 4)},"b":${tensor(8, 12)}}`, 12), 'safetensors-layout'],
    ['a hole at the start', fileOf(`{"a":${tensor(4, 8)}}`, 8), 'safetensors-layout'],
    ['bytes left over', fileOf(`{"a":${tensor(0, 4)}}`, 5), 'safetensors-layout'],
    ['bytes missing', fileOf(`{"a":${tensor(0, 4)}}`, 3), 'safetensors-truncated'],
  ])('refuses %s', (_, file, code) => {
    expect(codeOf(file)).toBe(code);
  });

  it('refuses every truncation of a good file', () => {
    for (let length = 0; length < PYTHON_FILE.length; length++)
      expect(codeOf(PYTHON_FILE.subarray(0, length))).toBe('safetensors-truncated');
  });

  it('answers any change of any byte with a result or a typed error', () => {
    fc.assert(
      fc.property(fc.nat(PYTHON_FILE.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const file = new Uint8Array(PYTHON_FILE);
        file[at] = value;
        expect(codeOf(file)).toMatch(/^(accepted|safetensors-)/);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes names of JavaScript objects as any others', () => {
    for (const name of ['__proto__', 'constructor', 'toString', '0']) {
      const { tensors } = readSafetensors(fileOf(`{"${name}":${tensor(0, 4)}}`, 4));
      expect([...tensors.keys()]).toEqual([name]);
    }
  });
});
