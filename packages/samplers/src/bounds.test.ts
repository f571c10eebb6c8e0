import * as tf from '@tensorflow/tfjs';
import { ConfigError, key, useBackend } from '@ebim/runtime';
import { TEST_BACKENDS, expectNoLeak, installLeakGuard, useTestBackends } from '@ebim/testing';
import { describe, expect, it } from 'vitest';
import { clampToBounds, insideBounds, uniformBox } from './bounds.js';
import { chiSquare, chiSquareLimit, histogram } from './test-support.js';

const box = { lower: [-1, 2], upper: [1, 6] };

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describe('boxes', () => {
    installLeakGuard();

    it('draws uniformly in every coordinate, independently', async () => {
      const x = uniformBox(key(2), 8000, box);
      expect(x.shape).toEqual([8000, 2]);
      const data = await x.data();
      const cells = Array.from({ length: 16 }, () => 0);
      for (let i = 0; i < 8000; i++) {
        const [a, b] = [(data[2 * i] + 1) / 2, (data[2 * i + 1] - 2) / 4];
        expect(Math.min(a, b)).toBeGreaterThanOrEqual(0);
        expect(Math.max(a, b)).toBeLessThan(1 + 1e-6);
        cells[Math.min(3, Math.floor(4 * a)) * 4 + Math.min(3, Math.floor(4 * b))]++;
      }
      expect(
        chiSquare(
          cells,
          cells.map(() => 1 / 16),
        ),
      ).toBeLessThan(chiSquareLimit(15));
      x.dispose();
    });

    it('takes one number for all coordinates', async () => {
      const x = uniformBox(key(2), 4000, { lower: -3, upper: 5 }, 2);
      const counts = histogram(await x.data(), 8, -3, 5);
      expect(
        chiSquare(
          counts,
          counts.map(() => 1 / 8),
        ),
      ).toBeLessThan(chiSquareLimit(7));
      x.dispose();
    });

    it('clamps by coordinate and tells inside from outside, the border included', async () => {
      const x = tf.tensor2d([
        [0, 3],
        [-1, 6],
        [-2, 3],
        [0, 7],
        [5, -5],
      ]);
      const [clamped, inside] = [clampToBounds(x, box), insideBounds(x, box)];
      expect(await clamped.array()).toEqual([
        [0, 3],
        [-1, 6],
        [-1, 3],
        [0, 6],
        [1, 2],
      ]);
      expect(Array.from(await inside.data())).toEqual([1, 1, 0, 0, 0]);
      tf.dispose([clamped, inside]);
      expectNoLeak(() => clampToBounds(x, box));
      expectNoLeak(() => insideBounds(x, box));
      expectNoLeak(() => uniformBox(key(0), 3, box));
      x.dispose();
    });
  });
});

describe('bad boxes', () => {
  it.each([
    { lower: [0, 0], upper: [1] },
    { lower: [], upper: [] },
    { lower: [1], upper: [1] },
    { lower: 2, upper: [3, 1] },
    { lower: [Number.NaN], upper: [1] },
    { lower: Number.NEGATIVE_INFINITY, upper: 0 },
  ])('refuses %j', (bounds) => {
    expect(() => uniformBox(key(0), 1, bounds, 1)).toThrow(ConfigError);
  });

  it('wants a dimension when the sides are numbers, and the right one when they are not', () => {
    expect(() => uniformBox(key(0), 1, { lower: 0, upper: 1 })).toThrow(/dimension/);
    expect(() => uniformBox(key(0), 1, box, 3)).toThrow(/3 coordinates/);
  });
});
