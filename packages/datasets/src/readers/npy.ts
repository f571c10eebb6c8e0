import { DataError } from '@ebim/runtime';
import type { Points } from '../points/points.js';
import { decodeArray, type ArrayDescription } from './number-arrays.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;

/** Whether the bytes start as a `.npy` file does. */
export const looksLikeNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

/**
 * Points of a NumPy `.npy` file, versions 1 to 3, integers or floats of either byte order, C or Fortran order.
 *
 * @param where what is read, for messages
 * @throws {@link DataError} `wrong-magic`, `truncated`, `bad-npy`, `unsupported-dtype`, `not-2d`
 */
export function parseNpy(bytes: Uint8Array, where = 'npy'): Points {
  if (!looksLikeNpy(bytes))
    throw new DataError({
      code: 'wrong-magic',
      where,
      expected: 'a NumPy file (first bytes \\x93NUMPY)',
      received: bytes.length === 0 ? 'no bytes' : `first bytes ${hex(bytes.subarray(0, 6))}`,
    });
  const version = bytes[6];
  if (!(version >= 1 && version <= 3))
    throw malformed(
      where,
      'format version 1, 2 or 3',
      version === undefined ? 'no version' : `version ${version}`,
    );
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw truncated(where, start, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < end) throw truncated(where, end, bytes.length);
  const header = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, end));
  return decodeArray(bytes.subarray(end), describe(header, where), where);
}

/** The three entries of the header, a Python dictionary of literals. */
function describe(header: string, where: string): ArrayDescription {
  // A record type is a list here, which the decoder then refuses by its name.
  const dtype = /'descr'\s*:\s*(?:'([^']*)'|(\[[^\]]*\]))/
    .exec(header)
    ?.slice(1)
    .find((text) => text !== undefined);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(header)?.[1];
  if (dtype === undefined || order === undefined || shape === undefined)
    throw malformed(where, "a header with 'descr', 'fortran_order' and 'shape'", header.slice(0, 80).trim());
  // Python 2 wrote long integers with an L.
  const sizes = shape
    .split(',')
    .map((size) => size.trim().replace(/L$/, ''))
    .filter((size) => size !== '');
  if (!sizes.every((size) => Number.isSafeInteger(Number(size))))
    throw malformed(where, 'a shape of whole numbers', `(${shape})`);
  return { dtype, fortranOrder: order === 'True', shape: sizes.map(Number) };
}

/** Options of {@link formatNpy}. */
export interface NpyOptions {
  /** Default `'float64'`, which loses nothing. */
  readonly dtype?: 'float32' | 'float64';
}

/** The bytes of a `.npy` file (version 1.0, little-endian, C order) holding `[rows, columns]`. */
export function formatNpy(points: Points, options: NpyOptions = {}): Uint8Array {
  const size = options.dtype === 'float32' ? 4 : 8;
  const dictionary = `{'descr': '<f${size}', 'fortran_order': False, 'shape': (${points.rows}, ${points.columns}), }`;
  // The format wants the data to start at a multiple of 64 bytes and the header to end in a newline.
  const end = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const header = `${dictionary.padEnd(end - 11)}\n`;
  const bytes = new Uint8Array(end + points.data.length * size);
  const view = new DataView(bytes.buffer);
  bytes.set([...MAGIC, 1, 0]);
  view.setUint16(8, header.length, true);
  bytes.set(new TextEncoder().encode(header), 10);
  points.data.forEach((value, i) => {
    if (size === 4) view.setFloat32(end + 4 * i, value, true);
    else view.setFloat64(end + 8 * i, value, true);
  });
  return bytes;
}

const truncated = (where: string, expected: number, received: number): DataError =>
  new DataError({
    code: 'truncated',
    where,
    expected: `at least ${expected} bytes`,
    received: `${received}`,
    hint: 'The file is incomplete; copy or write it again.',
  });

const malformed = (where: string, expected: string, received: string): DataError =>
  new DataError({ code: 'bad-npy', where, expected, received });

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
