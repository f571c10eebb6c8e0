/** The SHA-256 of the bytes, in hexadecimal, by the Web Crypto API that Node and browsers share. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // Copied, because Web Crypto refuses views of shared memory.
  const digest = await globalThis.crypto.subtle.digest('SHA-256', Uint8Array.from(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
