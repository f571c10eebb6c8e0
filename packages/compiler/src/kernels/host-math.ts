/*
 * Functions for which generated code calls back to the host, one element at a time, where its own formulas end (sines
 * of numbers beyond 10^6) and for powers of whole numbers.
 */

type HostFunction = (a: number, b: number) => number;

const floorMod: HostFunction = (a, b) => {
  const rest = a % b;
  return (a < 0 && b < 0) || (a >= 0 && b >= 0) ? rest : (rest + b) % b;
};

/** By kernel name; a function of one argument ignores the second. */
export const hostFunctions: ReadonlyMap<string, HostFunction> = new Map<string, HostFunction>([
  ['Sin', Math.sin],
  ['Cos', Math.cos],
  ['Tan', Math.tan],
  // As an int32 array holds it: modulo 2^32, and 0 for 1 / 0.
  ['Pow', (a, b) => Math.pow(a, b) | 0],
  ['Mod', floorMod],
]);

/** Number by which generated code names a host function. */
export const hostIndex = (name: string): number => [...hostFunctions.keys()].indexOf(name);

const table = [...hostFunctions.values()];

/** What generated code imports as `math`. */
export const hostMath = (index: number, a: number, b: number): number => table[index](a, b);
