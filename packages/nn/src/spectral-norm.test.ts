import * as tf from '@tensorflow/tfjs';
import { assertDerivatives, grad } from '@ebim/autodiff';
import { ConfigError, key, normal, treeDispose, treeEntries, useBackend, type Key } from '@ebim/runtime';
import {
  TEST_BACKENDS,
  describeNetwork,
  expectNoLeak,
  installLeakGuard,
  useTestBackends,
} from '@ebim/testing';
import { describe, expect, it } from 'vitest';
import type { Network } from './network.js';
import { mlp, type MlpParams } from './networks/mlp.js';
import { spectralNorm, type SpectralNormParams } from './spectral-norm.js';

/** Largest singular value in float64, by many power iterations on the host. */
function largestSingularValue(matrix: number[][]): number {
  let x = matrix[0].map((_, j) => 1 + 0.1 * Math.sin(j));
  let size = 0;
  for (let i = 0; i < 3000; i++) {
    const image = matrix.map((row) => row.reduce((sum, value, j) => sum + value * x[j], 0));
    const back = x.map((_, j) => matrix.reduce((sum, row, r) => sum + row[j] * image[r], 0));
    size = Math.sqrt(Math.hypot(...back) / Math.hypot(...x));
    const length = Math.hypot(...back);
    x = back.map((value) => value / length);
  }
  return size;
}

const plain = mlp({ inputSize: 5, outputSize: 4, hidden: [7, 6] });

/** A network whose weight is that of a transposed convolution, `[height, width, out, in]`. */
const upsampling: Network<{ readonly filter: tf.Tensor }> = {
  inputShape: [2, 2, 3],
  outputShape: [3, 3, 5],
  init: (k: Key) => ({ filter: normal(k, [2, 2, 5, 3]) }),
  apply: ({ filter }, x) =>
    tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, [x.shape[0], 3, 3, 5], 1, 'valid'),
};

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describeNetwork('mlp with spectral norm', { network: spectralNorm(plain), key });

  describe('spectralNorm', () => {
    installLeakGuard();

    it('brings the largest singular value of every weight to 1', async () => {
      const network = spectralNorm(plain, { initialIterations: 500 });
      const params = network.init(key(3));
      const weights = network.normalized(params);
      for (const { kernel } of weights.layers)
        expect(Math.abs(largestSingularValue((await kernel.array()) as number[][]) - 1)).toBeLessThan(1e-4);
      treeDispose([params, weights]);
    });

    it('leaves biases alone and divides a weight by a factor', async () => {
      const network = spectralNorm(plain);
      const params = network.init(key(3));
      const weights = network.normalized(params);
      for (const [i, layer] of weights.layers.entries()) {
        const original = params.network.layers[i];
        expect(await layer.bias.data()).toEqual(await original.bias.data());
        const [a, b] = [await layer.kernel.data(), await original.kernel.data()];
        const sigma = b[0] / a[0];
        a.forEach((value, j) => expect(value * sigma).toBeCloseTo(b[j], 5));
      }
      treeDispose([params, weights]);
    });

    it('approaches the largest singular value from below, iteration by iteration, and stays', async () => {
      const network = spectralNorm(mlp({ inputSize: 9, outputSize: 8, hidden: [] }), {
        initialIterations: 0,
      });
      let params: SpectralNormParams<MlpParams> = network.init(key(5));
      const sizes: number[] = [];
      for (let i = 0; i < 200; i++) {
        const next = network.advance(params);
        treeDispose(params);
        params = next;
        if (![0, 2, 10, 199].includes(i)) continue;
        const weights = network.normalized(params);
        sizes.push(largestSingularValue((await weights.layers[0].kernel.array()) as number[][]));
        treeDispose(weights);
      }
      expect(sizes[0]).toBeGreaterThan(1.001);
      expect(sizes[1]).toBeLessThan(sizes[0]);
      expect(sizes[2]).toBeLessThan(sizes[1]);
      expect(Math.abs(sizes[3] - 1)).toBeLessThan(1e-4);
      const many = network.init(key(5));
      const advanced = network.advance(many, 200);
      const [a, b] = [advanced.vectors[0].output, params.vectors[0].output];
      expect(await a.data()).toEqual(await b.data());
      treeDispose([params, many, advanced]);
    });

    it('views a transposed convolution by its outputs', async () => {
      const network = spectralNorm(upsampling, { initialIterations: 300, outputAxis: () => 2 });
      const params = network.init(key(1));
      expect(params.vectors[0].output.shape).toEqual([5]);
      expect(params.vectors[0].input.shape).toEqual([12]);
      const weights = network.normalized(params);
      const matrix = tf.tidy(() => tf.reshape(tf.transpose(weights.filter, [2, 0, 1, 3]), [5, 12]));
      expect(largestSingularValue((await matrix.array()) as number[][])).toBeCloseTo(1, 4);
      const x = tf.ones([2, 2, 2, 3]);
      const y = network.apply(params, x);
      expect(y.shape).toEqual([2, 3, 3, 5]);
      treeDispose([params, weights, matrix, x, y]);
    });

    it('differentiates through sigma and not through the vectors', async () => {
      const network = spectralNorm(mlp({ inputSize: 3, outputSize: 2, hidden: [4] }), {
        initialIterations: 2,
      });
      const params = network.init(key(2));
      const x = normal(key(8), [4, 3]);
      await assertDerivatives(
        (at: { weights: MlpParams; x: tf.Tensor }) =>
          network.apply({ network: at.weights, vectors: params.vectors }, at.x),
        { weights: params.network, x },
        { order: 2 },
      );
      const gradient = grad((p: SpectralNormParams<MlpParams>) => tf.sum(tf.square(network.apply(p, x))))(
        params,
      );
      for (const [path, leaf] of treeEntries(gradient)) {
        const size = Math.max(...(await leaf.data()).map(Math.abs));
        if (path.startsWith('vectors')) expect(size, path).toBe(0);
        else expect(size, path).toBeGreaterThan(0);
      }
      // Scaling a weight changes nothing: its gradient is orthogonal to it.
      const kernel = params.network.layers[0].kernel;
      const along = tf.tidy(() => tf.sum(tf.mul(gradient.network.layers[0].kernel, kernel)));
      expect(Math.abs((await along.data())[0])).toBeLessThan(1e-5);
      treeDispose([params, gradient, x, along]);
    });

    it('leaks nothing and disposes no input', () => {
      const network = spectralNorm(plain);
      const params = network.init(key(0));
      expectNoLeak(() => network.advance(params, 0));
      expectNoLeak(() => network.advance(params, 3));
      expectNoLeak(() => network.normalized(params));
      treeDispose(params);
    });
  });
});

describe('spectralNorm options', () => {
  it('refuses counts that are not', () => {
    expect(() => spectralNorm(plain, { initialIterations: -1 })).toThrow(ConfigError);
    const network = spectralNorm(plain, { initialIterations: 0 });
    const params = network.init(key(0));
    expect(() => network.advance(params, 0.5)).toThrow(ConfigError);
    treeDispose(params);
  });
});
