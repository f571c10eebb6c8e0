/** Bytes as base64, in Node and the browser. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // Long argument lists overflow the stack.
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(binary);
}
