import * as tf from '@tensorflow/tfjs';
import { expectNoLeak, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { repairWasmGather } from './batched-gather.js';
import { derivativeError, expectDerivatives, scattered } from './gradient-checks.js';

const indices = (values: number[], shape: number[]): tf.Tensor => tf.tensor(values, shape, 'int32');

/** The definition, entry by entry: x[batch, outer, indices[batch, i], inner]. */
function gathered(x: tf.Tensor, at: tf.Tensor, axis: number, batchDims: number): number[] {
  const size = (shape: number[]): number => tf.util.sizeFromShape(shape);
  const batch = size(x.shape.slice(0, batchDims));
  const outer = size(x.shape.slice(batchDims, axis));
  const inner = size(x.shape.slice(axis + 1));
  const [values, places] = [x.dataSync(), at.dataSync()];
  const count = at.size / batch;
  const found: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < count; i++)
        for (let s = 0; s < inner; s++)
          found.push(values[((b * outer + o) * x.shape[axis] + places[b * count + i]) * inner + s]);
  return found;
}

describe('as shipped', () => {
  it('wasm gathers wrong entries', async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    await tf.setBackend('wasm');
    const [x, at] = [scattered([2, 3, 4]), indices([0, 1, 2, 2, 1, 3], [2, 3])];
    const found = [...tf.gather(x, at, 2, 1).dataSync()];
    expect(found).not.toEqual(gathered(x, at, 2, 1));
  });

  it('the gradient for two batch axes throws or is wrong', async () => {
    await tf.setBackend('cpu');
    const at = indices([1, 0, 3, 3, 2, 0], [2, 3]);
    const error = (): number => derivativeError((x) => tf.gather(x, at, 2, 2), scattered([2, 3, 4]), 1);
    expect(error).toThrow();
  });
});

useTestBackends(TEST_BACKENDS, useBackend, (backend) => {
  it('gathers what the definition says, for every axis and number of batch axes', () => {
    const shapes = fc.constantFrom<number[]>([2, 3, 4], [3, 2], [2, 3, 2, 3], [1, 5, 2], [70, 4, 3]);
    const places = fc.tuple(
      shapes,
      fc.nat(3),
      fc.nat(3),
      fc.constantFrom([], [1], [5], [2, 2]),
      fc.nat(1000),
    );
    fc.assert(
      fc.property(places, ([shape, a, b, own, seed]) => {
        const axis = a % shape.length;
        const batchDims = b % (axis + 1);
        const wanted = [...shape.slice(0, batchDims), ...own];
        const count = tf.util.sizeFromShape(wanted);
        const at = indices(
          Array.from({ length: count }, (_, i) => (i * 7 + seed * (i + 3)) % shape[axis]),
          wanted,
        );
        const x = scattered(shape, 1 + (seed % 5));
        const found = tf.gather(x, at, axis, batchDims);
        expect(found.shape).toEqual([...shape.slice(0, axis), ...own, ...shape.slice(axis + 1)]);
        const error = gathered(x, at, axis, batchDims).map((v, i) => v - found.dataSync()[i]);
        expect(Math.max(...error.map(Math.abs))).toBe(0);
        tf.dispose([x, at, found]);
      }),
      { numRuns: 120 },
    );
  });

  it('has its derivatives, with repeated indices', () => {
    const x = scattered([2, 3, 4], 2);
    const two = indices([1, 0, 3, 3, 2, 0], [2, 3]);
    expectDerivatives((t) => tf.gather(t, two, 1 + 1, 2), x);
    expectDerivatives((t) => tf.gather(t, two, 2, 1), x);
    expectDerivatives((t) => tf.gather(t, two, -1, 1), x);
    expectDerivatives((t) => tf.gather(t, indices([2, 2, 0, 1], [2, 2]), 1, 1), x);
    expectDerivatives((t) => tf.gather(t, indices([2, 2, 0, 1], [2, 2]), 1, -1), x);
    expectDerivatives((t) => tf.gather(t, tf.argMax(t, 2), 2, 2), x);
  });

  it('keeps types, refuses what is out of range, and gives what is empty its shape', () => {
    const integers = tf.gather(indices([1, 2, 3, 4], [2, 2]), indices([1, 0], [2, 1]), 1, 1);
    expect(integers.dtype).toBe('int32');
    expect([...integers.dataSync()]).toEqual([2, 3]);
    for (const wrong of [2, -1]) {
      expect(() => tf.gather(tf.ones([2, 2]), indices([0, wrong], [2, 1]), 1, 1)).toThrow(/not in \[0, 1\]/);
    }
    expect(tf.gather(tf.zeros([0, 3]), indices([1], [1]), 1).shape).toEqual([0, 1]);
    expect(tf.gather(tf.zeros([0, 3, 2]), indices([], [0, 4]), 1, 1).shape).toEqual([0, 4, 2]);
    expect(tf.gather(tf.ones([2, 3]), indices([], [0]), 1).shape).toEqual([2, 0]);
    const ofNothing = tf.grad((t: tf.Tensor) => tf.sum(tf.gather(t, indices([], [0, 4]), 1, 1)));
    expect(ofNothing(tf.zeros([0, 3, 2])).shape).toEqual([0, 3, 2]);
    const byNothing = tf.grad((t: tf.Tensor) => tf.sum(tf.gather(t, indices([], [2, 0]), 1, 1)));
    expect([...byNothing(tf.ones([2, 2])).dataSync()]).toEqual([0, 0, 0, 0]);
  });

  it('leaves nothing behind, and is installed once', () => {
    const kernel = tf.getKernel('GatherV2', backend);
    repairWasmGather();
    expect(tf.getKernel('GatherV2', backend)).toBe(kernel);
    const [x, at] = [scattered([2, 3, 4]), indices([0, 1, 2, 2, 1, 3], [2, 3])];
    const ids = tf.engine().backend.numDataIds();
    expectNoLeak(() => tf.gather(x, at, 2, 1));
    expectNoLeak(() => tf.gather(x, at, 2, 2));
    expect(tf.engine().backend.numDataIds()).toBe(ids);
  });
});
