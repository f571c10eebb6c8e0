import { assertDerivatives } from '@ebim/autodiff';
import { compile } from '@ebim/compiler';
import { mlp } from '@ebim/nn';
import { key, normal, treeDispose, treeEntries, useBackend, type TensorTree } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { adam, batches, fit, sgd } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tinyAutoencoder, tinyVariational } from '../test-models.js';
import { autoencoderLoss } from './autoencoder-loss.js';
import { autoencoderTrainer } from './autoencoder-trainer.js';
import { autoencoder, variationalAutoencoder } from './autoencoder.js';
import { exactDivergence, referenceDivergence } from './divergence.js';

const read = async (tensor: tf.Tensor): Promise<number[]> => {
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
};

const valuesOf = async (tree: TensorTree): Promise<number[]> =>
  (await Promise.all(treeEntries(tree).map(async ([, leaf]) => Array.from(await leaf.data())))).flat();

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  describe('autoencoder', () => {
    it('encodes by the mean, whether codes are certain or not', async () => {
      const model = tinyVariational();
      const params = model.init(key(0));
      const x = normal(key(1), [5, 3]);
      const { mean, logScale } = model.posterior(params, x);
      expect(mean.shape).toEqual([5, 2]);
      expect(logScale?.shape).toEqual([5, 2]);
      expect(await read(model.encode(params, x))).toEqual(Array.from(await mean.data()));
      // mean and scale are different outputs of one network, in this order
      const [firstRow] = await Promise.all([read(tf.slice(mean, [0, 0], [1, 2])), logScale?.data()]);
      const raw = mlp({ inputSize: 3, outputSize: 4, hidden: [4] }).apply(params.encoder, x);
      expect(firstRow).toEqual((await read(raw)).slice(0, 2));
      treeDispose([params, x, mean, logScale as tf.Tensor]);
    });

    it.each([
      ['another code size', 2, 3],
      ['a scale without a mean', 1, 2],
    ])('refuses networks with %s', (_what, codes, latent) => {
      const encoder = mlp({ inputSize: 3, outputSize: codes, hidden: [] });
      const decoder = mlp({ inputSize: latent, outputSize: 3, hidden: [] });
      const wrong = expect.objectContaining({ code: 'autoencoder-shapes' });
      expect(() => autoencoder(encoder, decoder)).toThrow(wrong);
      expect(() => variationalAutoencoder(encoder, decoder)).toThrow(wrong);
    });

    it('refuses a decoder into another space', () => {
      const encoder = mlp({ inputSize: 3, outputSize: 2, hidden: [] });
      const decoder = mlp({ inputSize: 2, outputSize: 4, hidden: [] });
      expect(() => autoencoder(encoder, decoder)).toThrow('[2] -> [4]');
    });
  });

  describe('divergences', () => {
    it('exact: zero for the standard normal, positive else, and its closed form in one dimension', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.double({ min: -2, max: 2, noNaN: true }),
          fc.double({ min: -1.5, max: 1, noNaN: true }),
          async (mean, logScale) => {
            const at = [tf.tensor2d([[mean, 0]]), tf.tensor2d([[logScale, 0]])];
            const [value] = await read(exactDivergence(at[0], at[1]));
            tf.dispose(at);
            // The integral of q log(q / p), by the trapezoid rule.
            const s = Math.exp(logScale);
            let integral = 0;
            for (let u = -9; u <= 9; u += 0.01) {
              const z = mean + s * u;
              const q = Math.exp(-0.5 * u * u) / Math.sqrt(2 * Math.PI);
              integral += 0.01 * q * (-0.5 * u * u - logScale + 0.5 * z * z);
            }
            expect(value).toBeCloseTo(integral, 4);
          },
        ),
        { numRuns: 20 },
      );
    });

    it('reference: the mean of z^2 - log s, which is least at s^2 = 1/2', async () => {
      const code = tf.tensor2d([[1, 2]]);
      const logScale = tf.tensor2d([[0.5, -1]]);
      expect(await read(referenceDivergence(code, logScale))).toEqual([(1 - 0.5 + 4 + 1) / 2]);
      tf.dispose([code, logScale]);
    });
  });

  describe('autoencoderLoss', () => {
    it('is the mean over batch and coordinates', async () => {
      const model = tinyAutoencoder();
      const params = model.init(key(0));
      const x = normal(key(1), [4, 3]);
      const { loss, reconstruction } = autoencoderLoss(model, params, key(2), x);
      const error = tf.tidy(() => tf.sub(model.decode(params, model.encode(params, x)), x));
      const expected = (await read(error)).reduce((sum, e) => sum + e * e, 0) / 12;
      expect((await loss.data())[0]).toBeCloseTo(expected, 6);
      expect(await reconstruction.data()).toEqual(await loss.data());
      treeDispose([params, x, loss, reconstruction]);
    });

    it.each(['exact', 'reference'] as const)('adds the weighted %s divergence', async (divergence) => {
      const model = tinyVariational();
      const params = model.init(key(0));
      const x = normal(key(1), [4, 3]);
      const terms = autoencoderLoss(model, params, key(2), x, { divergenceWeight: 0.5, divergence });
      const [loss, reconstruction, weighted] = await Promise.all(
        [terms.loss, terms.reconstruction, terms.divergence as tf.Scalar].map(
          async (t) => (await t.data())[0],
        ),
      );
      expect(loss).toBeCloseTo(reconstruction + 0.5 * weighted, 6);
      const { mean, logScale } = model.posterior(params, x);
      const scale = logScale as tf.Tensor;
      const expected = tf.tidy(() => {
        const code = tf.add(mean, tf.mul(tf.exp(scale), normal(key(2), [4, 2])));
        return tf.mean(
          divergence === 'exact' ? exactDivergence(mean, scale) : referenceDivergence(code, scale),
        );
      });
      expect(weighted).toBeCloseTo((await read(expected))[0], 5);
      treeDispose([params, x, { ...terms }, mean, scale]);
    });

    it.each(['exact', 'reference'] as const)(
      'has the right derivatives in parameters and data, %s divergence',
      async (divergence) => {
        const model = tinyVariational(2, 1, [3]);
        const at = { params: model.init(key(0)), x: normal(key(1), [3, 2]) };
        const loss = ({ params, x }: typeof at) =>
          autoencoderLoss(model, params, key(2), x, { divergence, divergenceWeight: 0.3 }).loss;
        await assertDerivatives(loss, at, { order: 1, directions: 2 });
        treeDispose(at);
      },
    );
  });

  describe('autoencoderTrainer', () => {
    it.each([
      ['deterministic', tinyAutoencoder()],
      ['variational', tinyVariational()],
    ])('a compiled step has the numbers of an eager one, and neither leaks: %s', async (_kind, model) => {
      const trainer = autoencoderTrainer({ model, optimizer: adam({ learningRate: 0.01 }), clipNorm: 0.1 });
      const state = trainer.init(key(0));
      const batch = normal(key(1), [10, 3]);
      const compiled = compile(trainer.step);
      const [eager, fast] = [trainer.step(key(2), state, batch), compiled(key(2), state, batch)];
      const [a, b] = [await valuesOf(eager.state), await valuesOf(fast.state)];
      expect(a.length).toBeGreaterThan(50);
      a.forEach((value, i) => {
        expect(b[i]).toBeCloseTo(value, 5);
      });
      expect(Object.keys(fast.stats).sort()).toEqual(Object.keys(eager.stats).sort());
      expectNoLeak(() => trainer.step(key(2), state, batch));
      expectNoLeak(() => compiled(key(3), state, batch));
      treeDispose([state, batch, eager.state, { ...eager.stats }, fast.state, { ...fast.stats }]);
      compiled.dispose();
    });

    it('clips encoder and decoder apart', async () => {
      const model = tinyAutoencoder();
      const step = (clipNorm: number | null) =>
        autoencoderTrainer({ model, optimizer: sgd({ learningRate: 1 }), clipNorm });
      const state = step(null).init(key(0));
      const batch = tf.tidy(() => tf.mul(30, normal(key(1), [10, 3])));
      const moves = async (clipNorm: number | null) => {
        const next = step(clipNorm).step(key(2), state, batch);
        const lengths: number[] = [];
        for (const half of ['encoder', 'decoder'] as const) {
          const [before, after] = [
            await valuesOf(state.params[half]),
            await valuesOf(next.state.params[half]),
          ];
          lengths.push(Math.hypot(...after.map((value, i) => value - before[i])));
        }
        const names = Object.keys(next.stats);
        treeDispose([next.state, { ...next.stats }]);
        return { lengths, names };
      };
      const free = await moves(null);
      expect(Math.min(...free.lengths)).toBeGreaterThan(1);
      expect(free.names).not.toContain('encoderGradientNorm');
      const clipped = await moves(0.5);
      clipped.lengths.forEach((length) => {
        expect(length).toBeCloseTo(0.5, 4);
      });
      expect(clipped.names).toContain('decoderGradientNorm');
      treeDispose([state, batch]);
    });

    it.each([
      [{ clipNorm: 0 }, 'clipNorm'],
      [{ divergenceWeight: -1 }, 'divergenceWeight'],
      [{ divergenceWeight: Number.NaN }, 'divergenceWeight'],
      [{ divergence: 'kl' as 'exact' }, 'divergence'],
    ])('refuses %o', (wrong, name) => {
      expect(() => autoencoderTrainer({ model: tinyAutoencoder(), optimizer: adam(), ...wrong })).toThrow(
        name,
      );
    });

    it('refuses points of another space', () => {
      const trainer = autoencoderTrainer({ model: tinyAutoencoder(), optimizer: adam() });
      const state = trainer.init(key(0));
      const batch = tf.zeros([4, 2]);
      expect(() => trainer.step(key(1), state, batch)).toThrow(
        expect.objectContaining({ code: 'bad-batch' }),
      );
      treeDispose([state, batch]);
    });
  });
});

describe('fit', () => {
  installLeakGuard();

  it('finds the plane in which points lie', async () => {
    await useBackend('wasm');
    // Linear networks on points of a plane in space: the least error is zero.
    const points = tf.tidy(() =>
      tf.matMul(
        normal(key(1), [200, 2]),
        tf.tensor2d([
          [1, 0, 1],
          [0, 1, -1],
        ]),
      ),
    );
    const model = tinyAutoencoder(3, 2, []);
    const { state, history } = await fit({
      ...autoencoderTrainer({ model, optimizer: adam({ learningRate: 0.02 }) }),
      data: batches(points, { batchSize: 50, shuffle: true }),
      epochs: 100,
      key: key(0),
      compile: true,
    });
    expect(history[0].stats.loss).toBeGreaterThan(0.1);
    expect(history[99].stats.loss).toBeLessThan(1e-4);
    treeDispose([state, points]);
  });
});
