import { readFile } from 'node:fs/promises';
import { ConfigError, DataError } from '@ebim/runtime';
import { exists, makeFolder, type RunFolder } from '../run/run-folder.js';

/** Folder of the stored parts within that of a study. */
export const PARTS = 'parts';

/**
 * Does work once for a folder: the result is stored under the name, and taken from there the next time. What is
 * returned is always what was stored, so that a resumed study sees the very same values.
 *
 * @throws ConfigError `bad-part-name`; DataError `damaged-part`
 */
export async function storedPart<T>(folder: RunFolder, name: string, work: () => Promise<T>): Promise<T> {
  if (!/^[a-z0-9][a-z0-9.+-]*$/.test(name))
    throw new ConfigError({
      code: 'bad-part-name',
      where: 'part(name, work)',
      expected: 'lower case letters, digits, points, plus and minus signs',
      received: `"${name}"`,
    });
  const file = `${PARTS}/${name}.json`;
  if (await exists(folder.file(file))) return read(folder.file(file));
  const text = JSON.stringify(await work(), encode);
  await makeFolder(folder.file(PARTS));
  await folder.writeText(file, text);
  return JSON.parse(text, decode) as T;
}

async function read<T>(path: string): Promise<T> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text, decode) as T;
  } catch (cause) {
    throw new DataError({
      code: 'damaged-part',
      where: path,
      expected: 'valid JSON',
      received: 'something else',
      hint: 'Remove the file: this part of the study is then computed again.',
      cause,
    });
  }
}

/** JSON knows neither NaN nor infinities nor typed arrays. */
function encode(_: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) };
  if (value instanceof Float64Array)
    return { $float64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  return value;
}

function decode(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('$number' in value) return Number(value.$number);
  if ('$float64' in value && typeof value.$float64 === 'string') {
    const bytes = Uint8Array.from(Buffer.from(value.$float64, 'base64'));
    return new Float64Array(bytes.buffer);
  }
  return value;
}
