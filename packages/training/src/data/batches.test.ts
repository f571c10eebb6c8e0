import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { key, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { batches, type BatchSource } from './batches.js';

const k = key(5);

function epochOf(source: BatchSource, epoch: number, batchKey = k): number[][] {
  return Array.from({ length: source.count }, (_, i) =>
    tf.tidy(() => [...source.batch(batchKey, epoch, i).dataSync()]),
  );
}

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('cuts points in order, the last batch short', () => {
    const points = tf.tensor2d([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [5, 2]);
    const source = batches(points, { batchSize: 2 });
    expect(epochOf(source, 3)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    expectNoLeak(() => source.batch(k, 0, 2));
    points.dispose();
  });

  it('takes many batches of one shape at once, the same as one by one', () => {
    fc.assert(
      fc.property(
        fc.record({
          rows: fc.integer({ min: 1, max: 20 }),
          batchSize: fc.integer({ min: 1, max: 8 }),
          shuffle: fc.boolean(),
          most: fc.integer({ min: 1, max: 9 }),
          at: fc.nat(),
        }),
        ({ rows, batchSize, shuffle, most, at }) => {
          tf.tidy(() => {
            const points = tf.reshape(tf.range(0, 2 * rows), [rows, 2]);
            const source = batches(points, { batchSize, shuffle });
            const index = at % source.count;
            const taken = tf.unstack(source.take?.(k, 2, index, most) as tf.Tensor);
            const single = Array.from({ length: source.count - index }, (_, i) =>
              source.batch(k, 2, index + i),
            );
            const alike = single.slice(0, most).filter(({ shape }) => shape[0] === single[0].shape[0]);
            expect(taken).toHaveLength(alike.length);
            taken.forEach((batch, i) => expect(batch.arraySync()).toEqual(alike[i].arraySync()));
          });
        },
      ),
      { numRuns: 50 },
    );
    const points = tf.zeros([6, 2]);
    for (const batchSize of [2, 6]) expectNoLeak(() => batches(points, { batchSize }).take?.(k, 0, 0, 3));
    points.dispose();
  });

  it('can leave the short batch out', () => {
    const points = tf.range(0, 5);
    const source = batches(points, { batchSize: 2, dropLast: true });
    expect(epochOf(source, 0)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    points.dispose();
  });

  it('keeps the inner shape, whatever its rank', () => {
    const points = tf.zeros([7, 2, 3, 1]);
    for (const shuffle of [false, true]) {
      const source = batches(points, { batchSize: 4, shuffle });
      const shapes = [0, 1].map((i) => tf.tidy(() => source.batch(k, 0, i).shape));
      expect(shapes).toEqual([
        [4, 2, 3, 1],
        [3, 2, 3, 1],
      ]);
    }
    points.dispose();
  });

  it('deals every row once an epoch, in another order each time', () => {
    const points = tf.range(0, 50);
    const source = batches(points, { batchSize: 8, shuffle: true });
    const [first, second, otherKey] = [epochOf(source, 0), epochOf(source, 1), epochOf(source, 0, key(6))];
    for (const epoch of [first, second, otherKey])
      expect(epoch.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(second).not.toEqual(first);
    expect(otherKey).not.toEqual(first);
    points.dispose();
  });

  it('is a pure function: the order of calls does not matter', () => {
    const points = tf.range(0, 20);
    const source = batches(points, { batchSize: 3, shuffle: true });
    const fresh = () => batches(points, { batchSize: 3, shuffle: true });
    const calls = fc.array(fc.tuple(fc.nat(3), fc.nat(6), fc.nat(2)), { maxLength: 10 });
    fc.assert(
      fc.property(calls, (list) => {
        for (const [epoch, index, seed] of list) {
          const [a, b] = [source, fresh()].map((s) =>
            tf.tidy(() => [...s.batch(key(seed), epoch, index).dataSync()]),
          );
          expect(a).toEqual(b);
        }
      }),
      { numRuns: 20 },
    );
    points.dispose();
  });

  it('hands out tensors of the caller, also when a batch is all there is', () => {
    const points = tf.range(0, 4);
    const source = batches(points, { batchSize: 9 });
    source.batch(k, 0, 0).dispose();
    expect([...points.dataSync()]).toEqual([0, 1, 2, 3]);
    points.dispose();
  });
});

describe('batches', () => {
  it.each([0, -1, 1.5, NaN])('refuses the size %d', (batchSize) => {
    const points = tf.range(0, 4);
    expect(() => batches(points, { batchSize })).toThrow(expect.objectContaining({ code: 'bad-option' }));
    points.dispose();
  });

  it('refuses points without a row or with too few', () => {
    const [none, scalar, few] = [tf.zeros([0, 2]), tf.scalar(1), tf.range(0, 3)];
    const refusal = expect.objectContaining({ name: 'DataError', code: 'no-batches' }) as unknown as Error;
    expect(() => batches(none, { batchSize: 2 })).toThrow(refusal);
    expect(() => batches(scalar, { batchSize: 2 })).toThrow(refusal);
    expect(() => batches(few, { batchSize: 4, dropLast: true })).toThrow(refusal);
    tf.dispose([none, scalar, few]);
  });

  it.each([-1, 2, 0.5])('refuses batch %d of two', (index) => {
    const points = tf.range(0, 4);
    const source = batches(points, { batchSize: 2 });
    expect(() => source.batch(k, 0, index)).toThrow(expect.objectContaining({ code: 'bad-index' }));
    points.dispose();
  });
});
