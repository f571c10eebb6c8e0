import { unzipSync } from 'fflate';
import { DataError } from '@ebim/runtime';
import type { Points } from '../points/points.js';
import { parseNpy } from './npy.js';

/** Whether the bytes start as a zip archive does. */
export const looksLikeZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] <= 7 && bytes[3] === bytes[2] + 1;

/**
 * Points of one array of a NumPy `.npz` archive (compressed or not).
 *
 * @param array its name; may be left out when the archive holds one array only
 * @throws {@link DataError} `bad-zip`, `no-such-array`, and those of `parseNpy`
 */
export function parseNpz(bytes: Uint8Array, where = 'npz', array?: string): Points {
  // The directory is read first, so that only the wanted array is unpacked.
  const names: string[] = [];
  unzip(bytes, where, (name) => {
    if (name.endsWith('.npy')) names.push(name.slice(0, -4));
    return false;
  });
  const chosen = array ?? (names.length === 1 ? names[0] : undefined);
  if (chosen === undefined || !names.includes(chosen))
    throw new DataError({
      code: 'no-such-array',
      where,
      expected: names.length === 0 ? 'an archive with a .npy array' : `one of the arrays ${names.join(', ')}`,
      received: array === undefined ? `${names.length} arrays and no choice` : JSON.stringify(array),
      hint: names.length === 0 ? undefined : 'Name it with the option `array`.',
      details: { arrays: names },
    });
  const files = unzip(bytes, where, (name) => name === `${chosen}.npy`);
  return parseNpy(files[`${chosen}.npy`], `${where}[${chosen}]`);
}

function unzip(
  bytes: Uint8Array,
  where: string,
  keep: (name: string) => boolean,
): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes, { filter: ({ name }) => keep(name) });
  } catch (cause) {
    throw new DataError({
      code: 'bad-zip',
      where,
      expected: 'a readable zip archive',
      received: `an error (${cause instanceof Error ? cause.message : String(cause)})`,
      hint: 'The file may be incomplete; copy or write it again.',
      cause,
    });
  }
}
