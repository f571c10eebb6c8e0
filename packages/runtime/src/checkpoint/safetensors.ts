import { CheckpointError } from '../errors/ebim-error.js';
import { DTYPES, hostTensor, sizeOf, type HostTensor } from './host-tensor.js';
import { parseHeader } from './safetensors-header.js';

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file (F64, I64, F32, I32, BOOL, U8), strictly: whatever the format forbids is refused.
 *
 * @throws {@link CheckpointError} `safetensors-truncated`, `safetensors-header`, `safetensors-layout`,
 * `safetensors-dtype`
 */
export function readSafetensors(file: Uint8Array): Safetensors {
  const { entries, metadata, dataStart } = parseHeader(file);
  const tensors = new Map<string, HostTensor>();
  for (const { name, dtype, shape, begin, end } of entries)
    tensors.set(name, hostTensor(dtype, shape, file.subarray(dataStart + begin, dataStart + end)));
  return { tensors, metadata };
}

/**
 * The bytes of a safetensors file, as the Python library reads them. Equal contents give equal bytes, whatever the
 * order of the map: wide types first, so that everything is aligned, then by name.
 *
 * @throws {@link CheckpointError} `safetensors-layout` if the data do not fill the shape or a name is reserved
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const sorted = [...tensors].sort(
    ([a, x], [b, y]) => DTYPES[y.dtype].bytes - DTYPES[x.dtype].bytes || (a < b ? -1 : 1),
  );
  let at = 0;
  const fields: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  for (const [name, { dtype, shape, data }] of sorted) {
    if (name === '__metadata__' || data.length !== sizeOf(shape))
      throw new CheckpointError({
        code: 'safetensors-layout',
        where: `writeSafetensors, tensor "${name}"`,
        expected: name === '__metadata__' ? 'another name' : `${sizeOf(shape)} entries`,
        received: name === '__metadata__' ? name : String(data.length),
      });
    const entry = { dtype: DTYPES[dtype].name, shape, data_offsets: [at, at + data.byteLength] };
    fields.push([name, entry]);
    at += data.byteLength;
  }
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields)));
  const padded = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(8 + padded + at).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(header, 8);
  let place = 8 + padded;
  for (const [, { data }] of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), place);
    place += data.byteLength;
  }
  return file;
}
