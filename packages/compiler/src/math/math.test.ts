import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { evaluate, floatsBetween, floatsOfAllSizes, worstUlp } from './test-ulp.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Of the subnormal results most are 0. */
const sigmoid = (x: number): number => (x < -88.37626 ? 0 : 1 / (1 + Math.exp(-x)));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

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
