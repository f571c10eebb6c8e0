/** A growing sequence of bytes. */
export class Bytes {
  #data = new Uint8Array(64);
  #length = 0;

  /** A sequence that begins with the given bytes. */
  constructor(first: readonly number[] = []) {
    this.pushAll(first);
  }

  get length(): number {
    return this.#length;
  }

  push(byte: number): void {
    if (this.#length === this.#data.length) this.#grow(1);
    this.#data[this.#length++] = byte;
  }

  /** Appends many bytes. */
  pushAll(bytes: ArrayLike<number> | Bytes): void {
    const { length } = bytes;
    if (this.#length + length > this.#data.length) this.#grow(length);
    if (bytes instanceof Bytes) this.#data.set(bytes.#data.subarray(0, length), this.#length);
    else for (let i = 0; i < length; i++) this.#data[this.#length + i] = bytes[i];
    this.#length += length;
  }

  /** A copy of the bytes so far. */
  toArray(): Uint8Array<ArrayBuffer> {
    return this.#data.slice(0, this.#length);
  }

  #grow(more: number): void {
    const data = new Uint8Array(Math.max(2 * this.#data.length, this.#length + more));
    data.set(this.#data);
    this.#data = data;
  }
}

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

const encoder = new TextEncoder();

/** Appends a name as WebAssembly stores it. */
export function pushName(out: Bytes, name: string): void {
  const bytes = encoder.encode(name);
  pushUnsigned(out, bytes.length);
  out.pushAll(bytes);
}
