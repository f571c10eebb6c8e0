import * as tf from '@tensorflow/tfjs';
import { ConfigError, ShapeError, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { tensorEnergy } from './tensor-energy.js';

const points = { data: Float64Array.from({ length: 14 }, (_, i) => i / 10), rows: 7, columns: 2 };

describe('tensorEnergy', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });
  installLeakGuard();

  it.each([true, false])('gives one number a row, over several batches (kept axis: %s)', async (keep) => {
    const energy = tensorEnergy((x) => tf.sum(tf.square(x), 1, keep), { batchSize: 3 });
    const values = Array.from(await energy(points));
    values.forEach((value, row) => {
      expect(value).toBeCloseTo(points.data[2 * row] ** 2 + points.data[2 * row + 1] ** 2, 5);
    });
    expect(values.length).toBe(7);
  });

  it('leaks nothing and refuses wrong shapes', async () => {
    await expectNoLeak(async () => tensorEnergy((x) => tf.sum(x, 1))(points));
    await expect(async () => tensorEnergy(tf.square)(points)).rejects.toThrow(ShapeError);
    expect(() => tensorEnergy(tf.square, { batchSize: 0 })).toThrow(ConfigError);
  });
});
