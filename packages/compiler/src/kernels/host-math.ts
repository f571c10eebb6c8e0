/*
 * Functions for which generated code calls back to the host, one element at a time: rare in models, or not worth a
 * polynomial. They follow the cpu backend of TensorFlow.js.
 */

type HostFunction = (a: number, b: number) => number;

const floorMod: HostFunction = (a, b) => {
  const rest = a % b;
  return (a < 0 && b < 0) || (a >= 0 && b >= 0) ? rest : (rest + b) % b;
};

/** Abramowitz and Stegun 7.1.26, as the cpu backend: absolute error 1.5e-7. */
function erf(x: number): number {
  const size = Math.abs(x);
  const t = 1 / (1 + 0.3275911 * size);
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - sum * Math.exp(-size * size));
}

/** By kernel name; a function of one argument ignores the second. */
export const hostFunctions: ReadonlyMap<string, HostFunction> = new Map<string, HostFunction>([
  ['Sin', Math.sin],
  ['Cos', Math.cos],
  ['Tan', Math.tan],
  ['Asin', Math.asin],
  ['Acos', Math.acos],
  ['Atan', Math.atan],
  ['Sinh', Math.sinh],
  ['Cosh', Math.cosh],
  ['Asinh', Math.asinh],
  ['Acosh', Math.acosh],
  ['Atanh', Math.atanh],
  ['Erf', erf],
  ['Pow', Math.pow],
  ['Atan2', Math.atan2],
  ['Mod', floorMod],
  ['FloorDiv', (a, b) => Math.floor(a / b)],
]);

/** Number by which generated code names a host function. */
export const hostIndex = (name: string): number => [...hostFunctions.keys()].indexOf(name);

const table = [...hostFunctions.values()];

/** What generated code imports as `math`. */
export const hostMath = (index: number, a: number, b: number): number => table[index](a, b);
