import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import {
  evaluate,
  evaluatePairs,
  floatsBetween,
  floatsOfAllSizes,
  pairsOfAllSizes,
  worstUlp,
  worstUlpOfPairs,
} from './test-ulp.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Of the subnormal results most are 0. */
const sigmoid = (x: number): number => (x < -88.37626 ? 0 : 1 / (1 + Math.exp(-x)));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Taylor's series of the error function, whose terms are all of one sign in this form. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let sum = 0;
  for (let n = 0, term = x; n < 200; term *= (2 * x * x) / (2 * ++n + 1)) sum += term;
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

it.each([
  ['Exp', Math.exp, 1],
  ['Expm1', Math.expm1, 2],
  ['Log', Math.log, 1],
  ['Log1p', Math.log1p, 2],
  ['Sigmoid', sigmoid, 2.5],
  ['Tanh', Math.tanh, 2.5],
  ['Softplus', softplus, 2],
  ['Sqrt', Math.sqrt, 0.5],
  ['Rsqrt', (x: number) => 1 / Math.sqrt(x), 1.5],
  ['Sin', Math.sin, 0.51],
  ['Cos', Math.cos, 0.51],
  ['Tan', Math.tan, 0.51],
  ['Asin', Math.asin, 0.51],
  ['Acos', Math.acos, 0.51],
  ['Atan', Math.atan, 0.51],
  ['Sinh', Math.sinh, 0.51],
  ['Cosh', Math.cosh, 0.51],
  ['Asinh', Math.asinh, 0.51],
  ['Acosh', Math.acosh, 0.51],
  ['Atanh', Math.atanh, 0.51],
  ['Erf', erf, 0.51],
] as const)(
  '%s is within its error over the whole range, subnormals, infinities and NaN',
  (op, exact, limit) => {
    for (const x of [
      floatsOfAllSizes(100_000),
      floatsBetween(-110, 110, 50_001),
      floatsBetween(-2, 2, 50_001),
    ]) {
      const worst = worstUlp(x, evaluate(op, x), exact);
      expect(worst.ulp, JSON.stringify(worst)).toBeLessThanOrEqual(limit);
    }
  },
);

it('meets the border cases of exp', () => {
  const x = Float32Array.of(88.72283, 88.72284, -103.97, -103.98, -87.4, 0, -0);
  const values = evaluate('Exp', x);
  expect([...values.slice(0, 4)]).toEqual([Math.fround(Math.exp(x[0])), Infinity, 2 ** -149, 0]);
  expect(Math.abs(values[4] / Math.exp(x[4]) - 1)).toBeLessThan(2 ** -20);
  expect([...values.slice(5)]).toEqual([1, 1]);
});

const floorMod = (a: number, b: number): number => {
  const rest = a % b;
  return (a < 0 && b < 0) || (a >= 0 && b >= 0) ? rest : (rest + b) % b;
};

it.each([
  ['Pow', (a: number, b: number) => a ** b],
  ['Atan2', Math.atan2],
  ['Mod', floorMod],
  ['FloorDiv', (a: number, b: number) => Math.floor(a / b)],
] as const)('%s is within 0.51 ulp for pairs of all sizes and special values', (op, exact) => {
  for (const limit of [2, 30, Infinity]) {
    const [a, b] = pairsOfAllSizes(60_000, limit);
    const worst = worstUlpOfPairs(a, b, evaluatePairs(op, a, b), exact);
    expect(worst.ulp, JSON.stringify(worst)).toBeLessThanOrEqual(0.51);
  }
});
