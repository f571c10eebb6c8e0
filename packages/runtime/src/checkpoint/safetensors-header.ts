import { CheckpointError } from '../errors/ebim-error.js';
import { DTYPES, sizeOf, type HostDtype } from './host-tensor.js';
import { duplicateName } from './json.js';

/** The limit of the reference implementation. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Where one tensor is. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: HostDtype;
  readonly shape: readonly number[];
  /** Bytes from the start of the data. */
  readonly begin: number;
  readonly end: number;
}

/** A header that was checked. */
export interface SafetensorsHeader {
  /** In the order of the data. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the data starts in the file. */
  readonly dataStart: number;
}

/**
 * Reads and checks the header: 8 bytes length (little endian), then JSON `{ name: { dtype, shape, data_offsets } }`
 * with an optional `__metadata__` of strings. The tensors must cover the data exactly: no overlap, no hole, nothing
 * left over.
 *
 * @throws {@link CheckpointError} `safetensors-truncated`, `safetensors-header`, `safetensors-layout`,
 * `safetensors-dtype`
 */
export function parseHeader(file: Uint8Array): SafetensorsHeader {
  if (file.length < 8) throw bad('truncated', 'at least 8 bytes', `${file.length}`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES)
    throw bad('header', `a header of at most ${MAX_HEADER_BYTES} bytes`, `${length}`);
  const dataStart = 8 + length;
  if (dataStart > file.length)
    throw bad('truncated', `a header of ${length} bytes`, `${file.length - 8} bytes`);

  const { __metadata__: metadata = {}, ...tensors } = parseJson(file.subarray(8, dataStart));
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    throw bad('header', '__metadata__ of strings', JSON.stringify(metadata));
  const entries = Object.entries(tensors)
    .map(([name, info]) => parseEntry(name, info))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(entries, file.length - dataStart);
  return { entries, metadata: metadata as Record<string, string>, dataStart };
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    throw bad('header', 'JSON in UTF-8', 'something else', cause);
  }
  if (!text.startsWith('{') || !isRecord(header)) throw bad('header', 'a JSON object', text.slice(0, 20));
  const twice = duplicateName(text);
  if (twice !== undefined) throw bad('header', 'every name once', `"${twice}" twice`);
  return header;
}

function parseEntry(name: string, info: unknown): TensorEntry {
  const fields = isRecord(info) ? Object.keys(info).sort().join() : '';
  if (!isRecord(info) || fields !== 'data_offsets,dtype,shape')
    throw bad('header', `dtype, shape and data_offsets of "${name}"`, JSON.stringify(info));
  const { dtype: dtypeName, shape, data_offsets: offsets } = info;
  const dtype = (Object.keys(DTYPES) as HostDtype[]).find((d) => DTYPES[d].name === dtypeName);
  if (dtype === undefined)
    throw bad(
      'dtype',
      `a dtype of ${Object.values(DTYPES)
        .map((d) => d.name)
        .join(', ')} for "${name}"`,
      JSON.stringify(dtypeName),
    );
  if (!isCounts(shape)) throw bad('header', `a shape of whole numbers for "${name}"`, JSON.stringify(shape));
  if (!isCounts(offsets) || offsets.length !== 2)
    throw bad('header', `two data_offsets for "${name}"`, JSON.stringify(offsets));
  const [begin, end] = offsets;
  const bytes = sizeOf(shape) * DTYPES[dtype].bytes;
  if (end - begin !== bytes) throw bad('layout', `${bytes} bytes for "${name}"`, `${end - begin}`);
  return { name, dtype, shape, begin, end };
}

function checkLayout(entries: readonly TensorEntry[], dataBytes: number): void {
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at)
      throw bad(
        'layout',
        `"${name}" to start at byte ${at}`,
        `${begin} (${begin < at ? 'overlap' : 'hole'})`,
      );
    at = end;
  }
  if (at > dataBytes) throw bad('truncated', `${at} bytes of data`, `${dataBytes}`);
  if (at < dataBytes) throw bad('layout', `${at} bytes of data`, `${dataBytes}`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);

const bad = (
  kind: 'truncated' | 'header' | 'layout' | 'dtype',
  expected: string,
  received: string,
  cause?: unknown,
): CheckpointError =>
  new CheckpointError({
    code: `safetensors-${kind}`,
    where: 'safetensors file',
    expected,
    received: received.length > 200 ? `${received.slice(0, 200)}…` : received,
    hint: 'The file is damaged or was not written by a safetensors library.',
    cause,
  });
