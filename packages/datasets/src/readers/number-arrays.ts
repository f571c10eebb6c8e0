import { DataError } from '@ebim/runtime';
import type { Points } from '../points/points.js';

/** Readers of one little- or big-endian number, by NumPy's type code; 64-bit integers lose precision beyond 2^53. */
const READERS: Readonly<
  Record<string, { size: number; read: (view: DataView, at: number, little: boolean) => number }>
> = {
  f4: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
  i1: { size: 1, read: (view, at) => view.getInt8(at) },
  i2: { size: 2, read: (view, at, little) => view.getInt16(at, little) },
  i4: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  i8: { size: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  u1: { size: 1, read: (view, at) => view.getUint8(at) },
  u2: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  u4: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  u8: { size: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
};

/** An array as NumPy describes it. */
export interface ArrayDescription {
  /** Type string, e.g. `<f4`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Whether the first index runs fastest. */
  readonly fortranOrder: boolean;
}

/**
 * The points that `bytes` hold.
 *
 * @throws {@link DataError} `unsupported-dtype`, `not-2d`, `truncated`
 */
export function decodeArray(
  bytes: Uint8Array,
  { dtype, shape, fortranOrder }: ArrayDescription,
  where: string,
): Points {
  const [, order, code] = /^([<>|=]?)([a-z]\d+)$/.exec(dtype) ?? [];
  const reader = code === undefined ? undefined : READERS[code];
  if (reader === undefined)
    throw new DataError({
      code: 'unsupported-dtype',
      where,
      expected: `numbers of type ${Object.keys(READERS).join(', ')}`,
      received: JSON.stringify(dtype),
      hint: "Convert the array with .astype('float64').",
    });
  if (shape.length !== 2)
    throw new DataError({
      code: 'not-2d',
      where,
      expected: 'an array of shape [points, coordinates]',
      received: `shape [${shape.join(', ')}]`,
      hint: shape.length > 2 ? 'Reshape the array to one row a point.' : 'Save one row a point.',
      details: { shape: [...shape] },
    });
  const [rows, columns] = shape;
  if (bytes.length < rows * columns * reader.size)
    throw new DataError({
      code: 'truncated',
      where,
      expected: `${rows * columns * reader.size} bytes for ${rows} rows of ${columns} values ${dtype}`,
      received: `${bytes.length}`,
      hint: 'The file is incomplete; copy or write it again.',
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Float64Array(rows * columns);
  for (let i = 0; data.length > 0 && i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const index = fortranOrder ? j * rows + i : i * columns + j;
      data[i * columns + j] = reader.read(view, index * reader.size, order !== '>');
    }
  return { data, rows, columns };
}
