import { compile } from '@ebim/compiler';
import { energyModel } from '@ebim/ebm';
import { mlp } from '@ebim/nn';
import { key, normal, treeDispose, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { adam } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { linearModel } from '../test-models.js';
import { inferLatentBox } from './latent-box.js';
import { latentEbm } from './latent-ebm.js';
import { samplePushforward } from './sample-pushforward.js';

const read = async (tensor: tf.Tensor): Promise<number[]> => {
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
};

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  describe('inferLatentBox', () => {
    const boxOf = async (rows: number[][], padding?: number) => {
      const codes = tf.tensor2d(rows);
      try {
        return await inferLatentBox(codes, padding === undefined ? {} : { padding });
      } finally {
        codes.dispose();
      }
    };

    it('is the range of each coordinate and half of it at either end', async () => {
      const rows = [
        [0, -1],
        [2, 3],
        [1, 1],
      ];
      expect(await boxOf(rows)).toEqual({ lower: [-1, -3], upper: [3, 5] });
      expect(await boxOf(rows, 0)).toEqual({ lower: [0, -1], upper: [2, 3] });
    });

    it('refuses codes that mean nothing', async () => {
      await expect(
        boxOf([
          [0, 1],
          [2, 1],
        ]),
      ).rejects.toMatchObject({ code: 'collapsed-codes', details: { coordinate: 1 } });
      await expect(
        boxOf([
          [0, 1],
          [Number.NaN, 2],
        ]),
      ).rejects.toMatchObject({ code: 'codes-not-finite', details: { row: 1 } });
      await expect(boxOf([[0], [1]], -1)).rejects.toMatchObject({ code: 'bad-option' });
      const empty = tf.zeros([0, 2]);
      await expect(inferLatentBox(empty)).rejects.toMatchObject({ code: 'no-points' });
      empty.dispose();
    });
  });

  describe('latentEbm', () => {
    const box = { lower: [-1, -2], upper: [1, 2] };
    const trainerOf = (options: object = {}) =>
      latentEbm({
        model: energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [6] })),
        optimizer: adam({ learningRate: 0.01 }),
        box,
        sampler: { steps: 3, noiseScale: 0.5, stepSize: 10, gradClamp: 0.03 },
        bufferCapacity: 300,
        ...options,
      });
    const largest = async (buffer: tf.Tensor) => Math.max(...(await buffer.data()).map(Math.abs));

    it('fills its buffer from the box of the codes, or from the larger one of the reference', async () => {
      const own = trainerOf().init(key(0));
      const reference = trainerOf({ bufferBox: { lower: -10, upper: 10 } }).init(key(0));
      expect(await largest(own.buffer)).toBeLessThanOrEqual(2);
      expect(await largest(reference.buffer)).toBeGreaterThan(9);
      // Fresh starts are drawn from the box of the codes in either case.
      expect(await largest(reference.freshPool)).toBeLessThanOrEqual(2);
      expect(reference.buffer.shape).toEqual([300, 2]);
      treeDispose([own, reference]);
    });

    it('keeps chains in the box, compiled as well as not', async () => {
      const trainer = trainerOf({ bufferBox: { lower: -10, upper: 10 } });
      const state = trainer.init(key(0));
      const batch = normal(key(1), [20, 2]);
      const compiled = compile(trainer.step);
      const [eager, fast] = [trainer.step(key(2), state, batch), compiled(key(2), state, batch)];
      const ends = await eager.state.buffer.data();
      expect(Math.max(...ends.slice(0, 40).map(Math.abs))).toBeLessThanOrEqual(2);
      const same = await fast.state.buffer.data();
      ends.forEach((value, i) => {
        expect(same[i]).toBeCloseTo(value, 4);
      });
      expectNoLeak(() => trainer.step(key(2), state, batch));
      treeDispose([state, batch, eager.state, { ...eager.stats }, fast.state, { ...fast.stats }]);
      compiled.dispose();
    });

    it('refuses an energy on another space and an impossible box', () => {
      const wrong = { model: energyModel(mlp({ inputSize: 3, outputSize: 1, hidden: [] })) };
      expect(() => trainerOf(wrong)).toThrow('codes of 2 coordinates');
      expect(() => trainerOf({ bufferBox: { lower: 1, upper: 0 } })).toThrow('bufferBox');
    });
  });

  describe('samplePushforward', () => {
    const box = { lower: [-8, -8], upper: [8, 8] };

    it('samples codes by their energy and decodes them', async () => {
      const model = linearModel();
      const options = { box, noiseScale: 0.5, steps: 60 };
      const { codes, points } = samplePushforward(key(1), model, 2000, options);
      const values = Array.from(await codes.data());
      const variance = values.reduce((sum, z) => sum + z * z, 0) / values.length;
      // Unit variance; the step adds 1 / (1 - 0.25^2 / ...) = 1.07 of discretisation, starts are forgotten.
      expect(variance).toBeGreaterThan(0.9);
      expect(variance).toBeLessThan(1.25);
      const decoded = tf.tidy(() => model.decode(codes));
      expect(await read(decoded)).toEqual(Array.from(await points.data()));
      treeDispose([codes, points]);
    });

    it('starts where it is told, leaves that alone, and gives the same compiled', async () => {
      const model = linearModel();
      const starts = tf.ones([5, 2]);
      const options = { box, noiseScale: 0, stepSize: 0.2, steps: 4, starts };
      const { codes, points } = samplePushforward(key(1), model, 5, options);
      (await codes.data()).forEach((z) => {
        expect(z).toBeCloseTo(0.9 ** 4, 5);
      });
      const draw = (at: tf.Tensor) => samplePushforward(key(1), model, 5, { ...options, starts: at });
      const compiled = compile(draw);
      const again = compiled(starts);
      expect(await read(tf.sub(again.points, points))).toEqual(new Array(15).fill(expect.closeTo(0, 5)));
      expectNoLeak(() => draw(starts));
      treeDispose([starts, codes, points, again.codes, again.points]);
      compiled.dispose();
    });
  });
});
