import { open } from 'node:fs/promises';
import { parseDelimited, type DelimitedOptions } from '@ebim/datasets';

/** Enough for comments, a header and the first line of data. */
const HEAD_BYTES = 1 << 16;

/**
 * Names of the chosen columns of a text file; `null` where there are none: no header, or NPY and NPZ.
 *
 * @param path a file that `readPoints` can read
 */
export async function readHeader(
  path: string,
  options: DelimitedOptions & { readonly columns?: readonly (string | number)[] },
): Promise<readonly string[] | null> {
  const head = await readHead(path);
  if (head.includes('\0') || head.startsWith('PK') || head.includes('NUMPY')) return null;
  const end = head.lastIndexOf('\n');
  const { columns, delimiter } = options;
  const { header } = parseDelimited(end === -1 ? head : head.slice(0, end), path, {
    ...(delimiter === undefined ? {} : { delimiter }),
  });
  if (header === null || columns === undefined) return header;
  return columns.map((column) => (typeof column === 'number' ? header[column] : column));
}

async function readHead(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return new TextDecoder().decode(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
