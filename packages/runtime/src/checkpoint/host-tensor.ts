/** A tensor in the memory of the host, of a type that safetensors files hold and JavaScript has arrays for. */
export type HostTensor = { readonly shape: readonly number[] } & (
  | { readonly dtype: 'float64'; readonly data: Float64Array }
  | { readonly dtype: 'int64'; readonly data: BigInt64Array }
  | { readonly dtype: 'float32'; readonly data: Float32Array }
  | { readonly dtype: 'int32'; readonly data: Int32Array }
  | { readonly dtype: 'bool' | 'uint8'; readonly data: Uint8Array }
);

/** Name of the type of a {@link HostTensor}. */
export type HostDtype = HostTensor['dtype'];

/** Name in the file and bytes an entry. */
export const DTYPES: Readonly<Record<HostDtype, { readonly name: string; readonly bytes: number }>> = {
  float64: { name: 'F64', bytes: 8 },
  int64: { name: 'I64', bytes: 8 },
  float32: { name: 'F32', bytes: 4 },
  int32: { name: 'I32', bytes: 4 },
  bool: { name: 'BOOL', bytes: 1 },
  uint8: { name: 'U8', bytes: 1 },
};

/** Number of entries of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** Entries from little-endian bytes, which are copied: their place in a file need not be aligned. */
export function hostTensor(dtype: HostDtype, shape: readonly number[], source: Uint8Array): HostTensor {
  // Not `slice`, which on a Buffer of Node is a view into the file.
  const bytes = new Uint8Array(source);
  switch (dtype) {
    case 'float64':
      return { dtype, shape, data: new Float64Array(bytes.buffer) };
    case 'int64':
      return { dtype, shape, data: new BigInt64Array(bytes.buffer) };
    case 'float32':
      return { dtype, shape, data: new Float32Array(bytes.buffer) };
    case 'int32':
      return { dtype, shape, data: new Int32Array(bytes.buffer) };
    case 'bool':
    case 'uint8':
      return { dtype, shape, data: bytes };
  }
}
