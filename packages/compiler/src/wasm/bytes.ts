/** A growing sequence of bytes. */
export type Bytes = number[];

/** Appends an unsigned LEB128 number. */
export function pushUnsigned(out: Bytes, value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
}

/** Appends a signed LEB128 number of up to 53 bits. */
export function pushSigned(out: Bytes, value: number): void {
  let rest = value;
  for (;;) {
    const low = ((rest % 0x80) + 0x80) % 0x80;
    rest = Math.floor(rest / 0x80);
    const done = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40);
    out.push(done ? low : low | 0x80);
    if (done) return;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

/** Appends the four little-endian bytes of a float32. */
export function pushFloat32(out: Bytes, value: number): void {
  scratch.setFloat32(0, value, true);
  for (let i = 0; i < 4; i++) out.push(scratch.getUint8(i));
}

/** Appends the eight little-endian bytes of a float64. */
export function pushFloat64(out: Bytes, value: number): void {
  scratch.setFloat64(0, value, true);
  for (let i = 0; i < 8; i++) out.push(scratch.getUint8(i));
}

/** Appends the four little-endian bytes of an int32. */
export function pushInt32(out: Bytes, value: number): void {
  for (let i = 0; i < 4; i++) out.push((value >>> (8 * i)) & 0xff);
}

/** Appends a name as WebAssembly stores it. */
export function pushName(out: Bytes, name: string): void {
  const bytes = new TextEncoder().encode(name);
  pushUnsigned(out, bytes.length);
  pushAll(out, bytes);
}

/** Appends many bytes. */
export function pushAll(out: Bytes, bytes: ArrayLike<number>): void {
  for (let i = 0; i < bytes.length; i++) out.push(bytes[i]);
}
