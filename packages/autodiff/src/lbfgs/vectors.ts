/** Inner product of vectors of equal length. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** factor a */
export const scaled = (a: Float64Array, factor: number): Float64Array => a.map((v) => v * factor);

/** a - b */
export const subtract = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => v - b[i]);

/** a + factor b */
export const addScaled = (a: Float64Array, b: Float64Array, factor: number): Float64Array =>
  a.map((v, i) => v + factor * b[i]);

/** a += factor b */
export function addScaledInto(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}

/** The maximum norm; NaN if any entry is NaN. */
export function largestMagnitude(a: Float64Array): number {
  let largest = 0;
  for (const v of a) largest = Math.max(largest, Math.abs(v));
  return largest;
}

/** The 1-norm. */
export function sumOfMagnitudes(a: Float64Array): number {
  let sum = 0;
  for (const v of a) sum += Math.abs(v);
  return sum;
}
