import * as tf from '@tensorflow/tfjs';
import { assertDerivatives } from '@ebim/autodiff';
import { ConfigError, ShapeError, key, treeDispose, treeEntries, useBackend } from '@ebim/runtime';
import {
  TEST_BACKENDS,
  describeNetwork,
  installLeakGuard,
  useTestBackends,
  type NetworkPoint,
} from '@ebim/testing';
import { describe, expect, it } from 'vitest';
import { parameterCount } from '../network.js';
import { mlp, type MlpParams } from './mlp.js';

const parameters = (inputSize: number, outputSize: number, hidden: number[]): number => {
  const params = mlp({ inputSize, outputSize, hidden }).init(key(0));
  const count = parameterCount(params);
  treeDispose(params);
  return count;
};

type At = NetworkPoint<MlpParams>;

useTestBackends(TEST_BACKENDS, useBackend, () => {
  const checkDerivatives = (f: (at: At) => tf.Tensor, at: At): Promise<void> =>
    assertDerivatives(f, at, { order: 2 });
  describeNetwork('mlp 3-8-5-2 silu', {
    network: mlp({ inputSize: 3, outputSize: 2, hidden: [8, 5] }),
    key,
    checkDerivatives,
  });
  describeNetwork('mlp 2-4-1 tanh', {
    network: mlp({ inputSize: 2, outputSize: 1, hidden: [4], activation: 'tanh' }),
    key,
    checkDerivatives,
  });
  describeNetwork('mlp 2-4-1 softplus', {
    network: mlp({ inputSize: 2, outputSize: 1, hidden: [4], activation: 'softplus' }),
    key,
    checkDerivatives,
  });
  describeNetwork('mlp 3-2, a linear map', {
    network: mlp({ inputSize: 3, outputSize: 2, hidden: [] }),
    key,
    checkDerivatives,
  });

  describe('mlp', () => {
    installLeakGuard();

    it('computes the formula', async () => {
      const params: MlpParams = {
        layers: [
          {
            kernel: tf.tensor2d([
              [1, -2],
              [0.5, 3],
            ]),
            bias: tf.tensor1d([0.1, -0.2]),
          },
          { kernel: tf.tensor2d([[2], [-1]]), bias: tf.tensor1d([0.7]) },
        ],
      };
      const x = tf.tensor2d([[0.3, -0.8]]);
      const z = [0.3 - 0.4 + 0.1, -0.6 - 2.4 - 0.2];
      const functions = {
        silu: (t: number) => t / (1 + Math.exp(-t)),
        tanh: Math.tanh,
        softplus: (t: number) => Math.log1p(Math.exp(t)),
      };
      for (const activation of ['silu', 'tanh', 'softplus'] as const) {
        const y = mlp({ inputSize: 2, outputSize: 1, hidden: [2], activation }).apply(params, x);
        const [a, b] = z.map(functions[activation]);
        expect((await y.data())[0]).toBeCloseTo(2 * a - b + 0.7, 5);
        y.dispose();
      }
      treeDispose(params);
      x.dispose();
    });

    it('has the parameter counts of the published networks', () => {
      expect(parameters(2, 1, [8, 8, 8])).toBe(177);
      expect(parameters(3, 1, [8, 8, 8])).toBe(185);
      expect(parameters(3, 1, [8, 8])).toBe(113);
      expect(parameters(16, 1, [256, 256, 256, 256])).toBe(201_985);
    });

    it('fills the interval of the PyTorch initialiser, biases too', async () => {
      const params = mlp({ inputSize: 4, outputSize: 9, hidden: [100, 400] }).init(key(7));
      const fanIns = [4, 100, 400];
      for (const [path, leaf] of treeEntries(params)) {
        const bound = 1 / Math.sqrt(fanIns[Number(path.split('/')[1])]);
        const values = Array.from(await leaf.data());
        expect(Math.max(...values.map(Math.abs)), path).toBeLessThanOrEqual(bound);
        // The second moment of a uniform variable is bound^2 / 3; five standard errors.
        const moment = values.reduce((sum, value) => sum + (value / bound) ** 2, 0) / values.length;
        expect(Math.abs(moment - 1 / 3), path).toBeLessThan(5 * Math.sqrt(4 / 45 / values.length));
      }
      treeDispose(params);
    });

    it('draws kernels and biases from different keys', async () => {
      const params = mlp({ inputSize: 1, outputSize: 1, hidden: [1] }).init(key(0));
      const values = await Promise.all(treeEntries(params).map(async ([, leaf]) => (await leaf.data())[0]));
      expect(new Set(values).size).toBe(4);
      treeDispose(params);
    });
  });
});

describe('mlp options and shapes', () => {
  it.each([0, -1, 1.5, Number.NaN])('refuses a layer of %d units', (size) => {
    expect(() => mlp({ inputSize: 2, outputSize: 1, hidden: [size] })).toThrow(ConfigError);
    expect(() => mlp({ inputSize: size, outputSize: 1, hidden: [] })).toThrow(ConfigError);
  });

  it('refuses an unknown activation, an inherited name as well', () => {
    for (const activation of ['relu', 'toString'])
      expect(() =>
        mlp({ inputSize: 2, outputSize: 1, hidden: [2], activation: activation as 'silu' }),
      ).toThrow(/silu, tanh, softplus/);
  });

  it('refuses an input of another size, a missing batch axis and the parameters of another network', () => {
    const network = mlp({ inputSize: 2, outputSize: 1, hidden: [3] });
    const [params, other] = [
      network.init(key(0)),
      mlp({ inputSize: 2, outputSize: 1, hidden: [] }).init(key(0)),
    ];
    const [wide, single, right] = [tf.zeros([4, 3]), tf.zeros([2]), tf.zeros([4, 2])];
    expect(() => network.apply(params, wide)).toThrow(ShapeError);
    expect(() => network.apply(params, single)).toThrow(/batch axis/);
    expect(() => network.apply(other, right)).toThrow(ShapeError);
    tf.dispose([wide, single, right]);
    treeDispose([params, other]);
  });
});
