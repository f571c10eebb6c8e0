import * as tf from '@tensorflow/tfjs';
import { ConfigError, ShapeError, key, useBackend, type Key } from '@ebim/runtime';
import { TEST_BACKENDS, expectNoLeak, installLeakGuard, useTestBackends } from '@ebim/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uniformBox } from '../bounds.js';
import { chiSquare, chiSquareLimit } from '../test-support.js';
import { replayBuffer } from './replay-buffer.js';

const FRESH = -1;
/** Points `[v, 2 v]`: a torn row shows. */
const points = (values: readonly number[]): tf.Tensor =>
  tf.tensor2d(
    values.flatMap((v) => [v, 2 * v]),
    [values.length, 2],
  );
const constant = (_: Key, count: number): tf.Tensor => points(Array.from({ length: count }, () => FRESH));
const firsts = async (x: tf.Tensor): Promise<number[]> => {
  const data = await x.data();
  for (let i = 0; i < x.shape[0]; i++) expect(data[2 * i + 1]).toBe(2 * data[2 * i]);
  return Array.from({ length: x.shape[0] }, (_, i) => data[2 * i]);
};

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describe('replayBuffer', () => {
    installLeakGuard();

    it('keeps the newest, newest first, whatever is pushed', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 6 }),
          fc.array(fc.array(fc.integer({ min: 0, max: 999 }), { maxLength: 9 }), { maxLength: 5 }),
          async (capacity, pushes) => {
            const memory = replayBuffer({ capacity, fresh: constant });
            let buffer = memory.init(key(0));
            let model = Array.from({ length: capacity }, () => FRESH);
            for (const values of pushes) {
              const ends = points(values);
              const next = memory.push(buffer, ends);
              tf.dispose([buffer, ends]);
              buffer = next;
              model = [...values, ...model].slice(0, capacity);
              expect(await firsts(buffer)).toEqual(model);
            }
            buffer.dispose();
          },
        ),
        { numRuns: 25 },
      );
    });

    it('draws only what is in the buffer, or fresh points', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 5 }),
          fc.integer({ min: 0, max: 12 }),
          fc.constantFrom(0, 0.5, 1),
          fc.integer({ min: 0, max: 1e6 }),
          async (capacity, count, fraction, seed) => {
            const memory = replayBuffer({ capacity, fresh: constant });
            const buffer = points(Array.from({ length: capacity }, (_, i) => i));
            const starts = memory.sample(key(seed), buffer, count, fraction);
            expect(starts.shape).toEqual([count, 2]);
            for (const value of await firsts(starts)) {
              if (fraction === 0) expect(value).toBe(FRESH);
              if (fraction === 1) expect(value).toBeGreaterThanOrEqual(0);
              expect(value).toBeLessThan(capacity);
            }
            tf.dispose([buffer, starts]);
          },
        ),
        { numRuns: 30 },
      );
    });

    it('tosses a coin a start and draws uniformly with replacement', async () => {
      const [capacity, count, fraction] = [20, 20_000, 0.7];
      const memory = replayBuffer({ capacity, fresh: constant, fraction });
      const buffer = points(Array.from({ length: capacity }, (_, i) => i));
      const starts = memory.sample(key(11), buffer, count);
      const values = await firsts(starts);
      const counts = Array.from({ length: capacity }, (_, i) => values.filter((v) => v === i).length);
      const fresh = values.filter((v) => v === FRESH).length;
      const spread = Math.sqrt(count * fraction * (1 - fraction));
      expect(Math.abs(fresh - count * (1 - fraction))).toBeLessThan(4 * spread);
      expect(
        chiSquare(
          counts,
          counts.map(() => 1 / capacity),
        ),
      ).toBeLessThan(chiSquareLimit(capacity - 1));
      // Which starts are fresh is scattered, not a block at one end.
      const early = values.slice(0, count / 2).filter((v) => v === FRESH).length;
      expect(Math.abs(early - fresh / 2)).toBeLessThan(4 * spread);
      tf.dispose([buffer, starts]);
    });

    it('is a function of the key and uses 0.95 by default', async () => {
      const memory = replayBuffer({ capacity: 50, fresh: constant });
      const buffer = points(Array.from({ length: 50 }, (_, i) => i));
      const draws = [1, 1, 2].map((seed) => memory.sample(key(seed), buffer, 4000));
      const [a, b, c] = await Promise.all(draws.map(firsts));
      expect(a).toEqual(b);
      expect(a).not.toEqual(c);
      const fresh = a.filter((v) => v === FRESH).length;
      expect(Math.abs(fresh - 200)).toBeLessThan(4 * Math.sqrt(4000 * 0.95 * 0.05));
      tf.dispose([buffer, ...draws]);
    });

    it('holds images and gives each start its own fresh point', async () => {
      const fresh = (k: Key, count: number): tf.Tensor =>
        tf.tidy(() => tf.reshape(uniformBox(k, count, { lower: 1, upper: 2 }, 12), [count, 2, 3, 2]));
      const memory = replayBuffer({ capacity: 4, fresh, fraction: 0.5 });
      const buffer = memory.init(key(0));
      const starts = memory.sample(key(1), buffer, 40);
      expect(starts.shape).toEqual([40, 2, 3, 2]);
      const pixels = await starts.data();
      const distinct = new Set(Array.from({ length: 40 }, (_, i) => pixels[12 * i]));
      expect(distinct.size).toBeGreaterThan(10);
      const next = memory.push(buffer, starts);
      expect(next.shape).toEqual([4, 2, 3, 2]);
      tf.dispose([buffer, starts, next]);
    });

    it('leaks nothing and disposes no input', () => {
      const memory = replayBuffer({ capacity: 5, fresh: constant });
      const [buffer, few, many] = [memory.init(key(0)), points([1, 2]), points([1, 2, 3, 4, 5, 6, 7])];
      expectNoLeak(() => memory.init(key(1)));
      for (const fraction of [0, 0.5, 1]) expectNoLeak(() => memory.sample(key(1), buffer, 8, fraction));
      expectNoLeak(() => memory.push(buffer, few));
      expectNoLeak(() => memory.push(buffer, many));
      tf.dispose([buffer, few, many]);
    });
  });
});

describe('replayBuffer options and shapes', () => {
  it('refuses what is never right', () => {
    expect(() => replayBuffer({ capacity: 0, fresh: constant })).toThrow(ConfigError);
    expect(() => replayBuffer({ capacity: 3, fresh: constant, fraction: 1.1 })).toThrow(ConfigError);
    const memory = replayBuffer({ capacity: 3, fresh: constant });
    const [buffer, small, wide] = [memory.init(key(0)), points([1]), tf.zeros([2, 3])];
    expect(() => memory.sample(key(0), buffer, 2, Number.NaN)).toThrow(ConfigError);
    expect(() => memory.sample(key(0), small, 2)).toThrow(ShapeError);
    expect(() => memory.push(buffer, wide)).toThrow(ShapeError);
    tf.dispose([buffer, small, wide]);
  });
});
