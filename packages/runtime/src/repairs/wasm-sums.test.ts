import * as tf from '@tensorflow/tfjs';
import { expectNoLeak } from '@ebim/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { scattered } from './gradient-checks.js';
import { repairWasmSums } from './wasm-sums.js';

const tenths = (count: number): tf.Tensor => tf.fill([count], 0.1);

it('as shipped, a million tenths sum to 100958 on wasm', async () => {
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  expect(Math.abs(tf.sum(tenths(1e6)).dataSync()[0] - 1e5)).toBeGreaterThan(500);
  expect(Math.abs(tf.mean(tenths(1e6)).dataSync()[0] - 0.1)).toBeGreaterThan(5e-4);
});

describe('repaired', () => {
  it('sums and means of many terms are right to one part in 500 000', async () => {
    await useBackend('wasm');
    expect(Math.abs(tf.sum(tenths(1e6)).dataSync()[0] - 1e5)).toBeLessThan(0.2);
    expect(Math.abs(tf.mean(tenths(1e6)).dataSync()[0] - 0.1)).toBeLessThan(2e-7);
    expect(Math.abs(tf.sum(tenths(999_983)).dataSync()[0] - 99_998.3)).toBeLessThan(0.2);
  });

  it('agrees with the definition for every shape, axis and keepDims', async () => {
    await useBackend('wasm');
    const shape = fc.constantFrom<number[]>(
      [1000],
      [257],
      [256],
      [3, 700],
      [700, 3],
      [20, 3, 30],
      [2, 1, 300, 2],
      [4, 3, 1, 5],
    );
    fc.assert(
      fc.property(shape, fc.integer({ min: 0, max: 15 }), fc.boolean(), (dims, mask, keepDims) => {
        const axes = dims.map((_, d) => d).filter((d) => (mask >> d) % 2 === 1);
        const x = scattered(dims);
        const all = axes.length === 0;
        const sum = tf.sum(x, all ? undefined : axes, keepDims);
        const mean = tf.mean(x, all ? undefined : axes, keepDims);
        const inside = (d: number): boolean => all || axes.includes(d);
        const shapeOf = dims.flatMap((n, d) => (inside(d) ? (keepDims ? [1] : []) : [n]));
        expect(sum.shape).toEqual(shapeOf);
        expect(mean.shape).toEqual(shapeOf);

        const expected = new Map<string, number>();
        const count = dims.reduce((product, n, d) => (inside(d) ? product * n : product), 1);
        x.dataSync().forEach((value, flat) => {
          let rest = flat;
          const at = [...dims].reverse().map((n) => {
            const i = rest % n;
            rest = Math.floor(rest / n);
            return i;
          });
          const cell = at.reverse().filter((_, d) => !inside(d)).join(); // prettier-ignore
          expected.set(cell, (expected.get(cell) ?? 0) + value);
        });
        const wanted = [...expected.values()];
        sum.dataSync().forEach((value, i) => expect(Math.abs(value - wanted[i])).toBeLessThan(2e-4));
        mean.dataSync().forEach((value, i) => expect(Math.abs(value - wanted[i] / count)).toBeLessThan(1e-6));
        tf.dispose([x, sum, mean]);
      }),
      { numRuns: 80 },
    );
  });

  it('keeps integer sums exact and of type int32', async () => {
    await useBackend('wasm');
    const total = tf.sum(tf.fill([70_000], 3, 'int32'));
    expect(total.dtype).toBe('int32');
    expect(total.dataSync()[0]).toBe(210_000);
  });

  it('leaves its input as it was, nothing on the wasm heap, and is installed once', async () => {
    await useBackend('wasm');
    const kernel = tf.getKernel('Sum', 'wasm');
    repairWasmSums();
    expect(tf.getKernel('Sum', 'wasm')).toBe(kernel);
    const x = scattered([4, 1000]);
    const before = [...x.dataSync()];
    const ids = tf.engine().backend.numDataIds();
    expectNoLeak(() => tf.mean(x, 1));
    expectNoLeak(() => tf.sum(x, 0));
    expectNoLeak(() => tf.sum(x, [0, 1], true));
    expect(tf.engine().backend.numDataIds()).toBe(ids);
    expect([...x.dataSync()]).toEqual(before);
  });
});
