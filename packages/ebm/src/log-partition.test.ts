import { key, useBackend } from '@ebim/runtime';
import { installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { logPartition } from './log-partition.js';

const bounds = { lower: [-5, -5], upper: [5, 5] };

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('is the log volume of the box for energy zero, exactly', async () => {
    const flat = (x: tf.Tensor) => tf.zeros([x.shape[0]]);
    const box = { lower: [-1, 0, 2], upper: [1, 3, 2.5] };
    const { logZ, standardError } = await logPartition(flat, {
      bounds: box,
      dimension: 3,
      key: key(0),
      samples: 10,
    });
    expect(logZ).toBeCloseTo(Math.log(3), 12);
    expect(standardError).toBe(0);
  });

  it('finds log 2 pi for a standard normal within its own error bars', async () => {
    const energy = (x: tf.Tensor) => tf.mul(0.5, tf.sum(tf.square(x), 1));
    for (const seed of [1, 2, 3]) {
      const { logZ, standardError } = await logPartition(energy, {
        bounds,
        dimension: 2,
        key: key(seed),
        samples: 20_000,
        chunkSize: 7000,
      });
      expect(standardError).toBeLessThan(0.03);
      expect(Math.abs(logZ - Math.log(2 * Math.PI))).toBeLessThan(3 * standardError);
    }
  });

  it('does not overflow for energies far from zero', async () => {
    const energy = (shift: number) => (x: tf.Tensor) => tf.add(tf.mul(0.5, tf.sum(tf.square(x), 1)), shift);
    const at = async (shift: number) =>
      (await logPartition(energy(shift), { bounds, dimension: 2, key: key(1), samples: 1000 })).logZ;
    const base = await at(0);
    expect(await at(-1000)).toBeCloseTo(base + 1000, 2);
    expect(await at(1000)).toBeCloseTo(base - 1000, 2);
  });

  it.each([{ samples: 1 }, { samples: 2.5 }, { chunkSize: 0 }])('refuses %o', async (wrong) => {
    const energy = (x: tf.Tensor) => tf.zeros([x.shape[0]]);
    await expect(logPartition(energy, { bounds, dimension: 2, key: key(0), ...wrong })).rejects.toThrow(
      'whole number',
    );
  });
});
