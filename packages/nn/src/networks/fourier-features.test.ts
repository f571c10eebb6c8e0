import * as tf from '@tensorflow/tfjs';
import { assertDerivatives } from '@ebim/autodiff';
import { ConfigError, ShapeError, key, treeDispose, useBackend } from '@ebim/runtime';
import { TEST_BACKENDS, describeNetwork, installLeakGuard, useTestBackends } from '@ebim/testing';
import { describe, expect, it } from 'vitest';
import type { Network } from '../network.js';
import { fourierFeatureCount, fourierFeatures, type FourierFeaturesOptions } from './fourier-features.js';
import { mlp } from './mlp.js';

const linear = (inputSize: number) => mlp({ inputSize, outputSize: 1, hidden: [] });

/** A network that is its features. */
const identity = (inputSize: number): Network<Record<string, never>> => ({
  inputShape: [inputSize],
  outputShape: [inputSize],
  init: () => ({}),
  apply: (_, x) => x.clone(),
});

const rowsOf = async (options: FourierFeaturesOptions, points: number[][]): Promise<number[][]> => {
  const x = tf.tensor2d(points);
  const y = fourierFeatures(options, identity).apply({}, x);
  const rows = (await y.array()) as number[][];
  tf.dispose([x, y]);
  return rows;
};

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describeNetwork('fourier features 2-(6+2)-3-1', {
    network: fourierFeatures({ inputSize: 2, scales: [0.5, 1], count: 3, key: key(3) }, (inputSize) =>
      mlp({ inputSize, outputSize: 1, hidden: [3] }),
    ),
    key,
    checkDerivatives: (f, at) => assertDerivatives(f, at, { order: 2 }),
  });

  describe('fourier features', () => {
    installLeakGuard();

    it('have products near the Gaussian kernel of their scale, and amplitudes that decay', async () => {
      const options = { inputSize: 2, count: 4000, includeInput: false, key: key(5) };
      for (const [scale, decay] of [
        [0.5, 0],
        [2, 0],
        [2, 1],
      ]) {
        const [a, b] = await rowsOf({ ...options, scales: [scale], decay }, [
          [0.1, -0.4],
          [0.5, -0.1],
        ]);
        const dot = (u: number[], v: number[]) => u.reduce((sum, value, i) => sum + value * v[i], 0) / 4000;
        // E[2 cos(wx + b) cos(wy + b)] = exp(-scale^2 |x - y|^2 / 2), |x - y| = 0.5; five standard errors.
        const amplitude = scale ** (-2 * decay);
        expect(Math.abs(dot(a, b) / amplitude - Math.exp((-(scale ** 2) * 0.25) / 2))).toBeLessThan(0.08);
        expect(Math.abs(dot(a, a) / amplitude - 1)).toBeLessThan(0.08);
      }
    });

    it('keep the scales apart and pass the input on', async () => {
      const options = { inputSize: 1, scales: [0.001, 100], count: 50, key: key(1) };
      const [a, b] = await rowsOf(options, [[0.2], [0.3]]);
      expect(a).toHaveLength(fourierFeatureCount(options));
      expect(a[0]).toBeCloseTo(0.2, 6);
      const changes = a.map((value, i) => Math.abs(value - b[i]));
      expect(Math.max(...changes.slice(1, 51))).toBeLessThan(0.001);
      expect(changes.slice(51).filter((change) => change > 0.1).length).toBeGreaterThan(30);
    });

    it('depend on their key alone, not on that of the parameters', async () => {
      const options = { inputSize: 1, scales: [1], count: 4, includeInput: false };
      const at = (seed: number) => rowsOf({ ...options, key: key(seed) }, [[0.7]]);
      expect(await at(1)).toEqual(await at(1));
      expect(await at(1)).not.toEqual(await at(2));
    });
  });
});

describe('fourier features, options and shapes', () => {
  it.each([{ inputSize: 0 }, { count: 1.5 }, { scales: [] }, { scales: [1, -1] }, { decay: NaN }])(
    'refuse %j',
    (wrong) => {
      const options = { inputSize: 2, scales: [1], key: key(0), ...wrong };
      expect(() => fourierFeatures(options, linear)).toThrow(ConfigError);
    },
  );

  it('refuse points of another size or without a batch axis', () => {
    const network = fourierFeatures({ inputSize: 2, scales: [1], key: key(0) }, linear);
    const params = network.init(key(0));
    const [wide, single] = [tf.zeros([4, 3]), tf.zeros([2])];
    expect(() => network.apply(params, wide)).toThrow(ShapeError);
    expect(() => network.apply(params, single)).toThrow(/batch axis/);
    tf.dispose([wide, single]);
    treeDispose(params);
  });
});
