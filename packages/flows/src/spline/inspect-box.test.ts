import * as tf from '@tensorflow/tfjs';
import { useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { inspectBox } from './inspect-box.js';

beforeAll(async () => {
  await useBackend('cpu');
});

describe('inspectBox', () => {
  installLeakGuard();
  const inspect = async (rows: number[][], bound: number) => {
    const points = tf.tensor2d(rows, [rows.length, 2]);
    try {
      return await inspectBox(points, bound);
    } finally {
      points.dispose();
    }
  };

  it('counts rows, not entries, and the bound itself is inside', async () => {
    expect(
      await inspect(
        [
          [3, -3],
          [0, 4],
          [-5, 4],
          [1, 1],
        ],
        3,
      ),
    ).toEqual({ shareOutside: 0.5, largest: 5 });
    expect(await inspect([], 3)).toEqual({ shareOutside: 0, largest: 0 });
  });

  it('refuses points that are not finite, and says which', async () => {
    await expect(
      inspect(
        [
          [0, 1],
          [NaN, 2],
          [1, Infinity],
        ],
        3,
      ),
    ).rejects.toMatchObject({
      code: 'non-finite-points',
      details: { rows: 2, first: 1 },
    });
    await expect(inspect([[0, 1]], 0)).rejects.toMatchObject({ code: 'bad-option' });
  });
});
