/**
 * Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a
 * counter-based generator. Equal inputs give equal outputs on every machine; there is no state.
 */
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

/** Encrypts the counter `(x0, x1)` with the key `(k0, k1)` into `out[at]`, `out[at + 1]` (unsigned 32 bit). */
export function threefry2x32(
  k0: number,
  k1: number,
  x0: number,
  x1: number,
  out: Uint32Array,
  at: number,
): void {
  const k2 = k0 ^ k1 ^ PARITY;
  let a = (x0 + k0) | 0;
  let b = (x1 + k1) | 0;
  for (let group = 0; group < 5; group++) {
    const base = (group & 1) * 4;
    for (let i = 0; i < 4; i++) {
      const r = ROTATIONS[base + i];
      a = (a + b) | 0;
      b = ((b << r) | (b >>> (32 - r))) ^ a;
    }
    const step = group + 1;
    a = (a + (step % 3 === 0 ? k0 : step % 3 === 1 ? k1 : k2)) | 0;
    b = (b + ((step + 1) % 3 === 0 ? k0 : (step + 1) % 3 === 1 ? k1 : k2) + step) | 0;
  }
  out[at] = a;
  out[at + 1] = b;
}

/**
 * Fills `out` with the words of the blocks `(x0, first)`, `(x0, first + 1)`, … (two words a block; an odd last
 * word is the first of its block). The same function as {@link threefry2x32}, with the rounds written out: five
 * times faster, and all noise of a run passes through here.
 */
export function threefryWords(k0: number, k1: number, x0: number, first: number, out: Uint32Array): void {
  const k2 = k0 ^ k1 ^ PARITY;
  const count = out.length;
  for (let at = 0, x1 = first; at < count; at += 2, x1++) {
    let a = (x0 + k0) | 0;
    let b = (x1 + k1) | 0;
    a = (a + b) | 0;
    b = ((b << 13) | (b >>> 19)) ^ a;
    a = (a + b) | 0;
    b = ((b << 15) | (b >>> 17)) ^ a;
    a = (a + b) | 0;
    b = ((b << 26) | (b >>> 6)) ^ a;
    a = (a + b) | 0;
    b = ((b << 6) | (b >>> 26)) ^ a;
    a = (a + k1) | 0;
    b = (b + k2 + 1) | 0;
    a = (a + b) | 0;
    b = ((b << 17) | (b >>> 15)) ^ a;
    a = (a + b) | 0;
    b = ((b << 29) | (b >>> 3)) ^ a;
    a = (a + b) | 0;
    b = ((b << 16) | (b >>> 16)) ^ a;
    a = (a + b) | 0;
    b = ((b << 24) | (b >>> 8)) ^ a;
    a = (a + k2) | 0;
    b = (b + k0 + 2) | 0;
    a = (a + b) | 0;
    b = ((b << 13) | (b >>> 19)) ^ a;
    a = (a + b) | 0;
    b = ((b << 15) | (b >>> 17)) ^ a;
    a = (a + b) | 0;
    b = ((b << 26) | (b >>> 6)) ^ a;
    a = (a + b) | 0;
    b = ((b << 6) | (b >>> 26)) ^ a;
    a = (a + k0) | 0;
    b = (b + k1 + 3) | 0;
    a = (a + b) | 0;
    b = ((b << 17) | (b >>> 15)) ^ a;
    a = (a + b) | 0;
    b = ((b << 29) | (b >>> 3)) ^ a;
    a = (a + b) | 0;
    b = ((b << 16) | (b >>> 16)) ^ a;
    a = (a + b) | 0;
    b = ((b << 24) | (b >>> 8)) ^ a;
    a = (a + k1) | 0;
    b = (b + k2 + 4) | 0;
    a = (a + b) | 0;
    b = ((b << 13) | (b >>> 19)) ^ a;
    a = (a + b) | 0;
    b = ((b << 15) | (b >>> 17)) ^ a;
    a = (a + b) | 0;
    b = ((b << 26) | (b >>> 6)) ^ a;
    a = (a + b) | 0;
    b = ((b << 6) | (b >>> 26)) ^ a;
    a = (a + k2) | 0;
    b = (b + k0 + 5) | 0;
    out[at] = a;
    if (at + 1 < count) out[at + 1] = b;
  }
}
