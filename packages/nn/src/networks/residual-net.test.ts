import * as tf from '@tensorflow/tfjs';
import { assertDerivatives } from '@ebim/autodiff';
import { ConfigError, key, treeDispose, treeEntries, useBackend } from '@ebim/runtime';
import { TEST_BACKENDS, describeNetwork, installLeakGuard, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { parameterCount } from '../network.js';
import { residualNet, type ResidualNetOptions } from './residual-net.js';

const count = (options: ResidualNetOptions): number => {
  const params = residualNet(options).init(key(0));
  const numbers = parameterCount(params);
  treeDispose(params);
  return numbers;
};

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describeNetwork('residual network 3-6-2, two blocks', {
    network: residualNet({ inputSize: 3, outputSize: 2, hidden: 6, activation: 'tanh' }),
    key,
    checkDerivatives: (f, at) => assertDerivatives(f, at, { order: 2, directions: 1 }),
  });
  describeNetwork('residual network with ReLU and no block', {
    network: residualNet({ inputSize: 2, outputSize: 1, hidden: 5, blocks: 0 }),
    key,
  });
});

describe('residualNet', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });
  installLeakGuard();

  it('computes the formula, with its gate', async () => {
    const scalar = (value: number) => ({ kernel: tf.tensor2d([[value]]), bias: tf.tensor1d([0.1]) });
    const params = {
      input: { kernel: tf.tensor2d([[2], [-1]]), bias: tf.tensor1d([0.1]) },
      blocks: [{ first: scalar(-0.5), second: scalar(3), gate: scalar(0.7) }],
      output: scalar(1.5),
    };
    const network = residualNet({ inputSize: 1, outputSize: 1, hidden: 1, blocks: 1, contextSize: 1 });
    const relu = (t: number): number => Math.max(0, t);
    for (const [x, c] of [
      [0.8, 0.3],
      [-0.9, 2],
    ]) {
      const h = 2 * x - c + 0.1;
      const t = 3 * relu(-0.5 * relu(h) + 0.1) + 0.1;
      const expected = 1.5 * (h + t / (1 + Math.exp(-(0.7 * c + 0.1)))) + 0.1;
      const [point, context] = [tf.tensor2d([[x]]), tf.tensor2d([[c]])];
      const y = network.apply(params, point, context);
      expect((await y.data())[0]).toBeCloseTo(expected, 5);
      tf.dispose([point, context, y]);
    }
    treeDispose(params);
  });

  it('has the parameter counts of the published encoders, decoders and conditioners', () => {
    expect(count({ inputSize: 3, outputSize: 2, blocks: 5 })).toBe(101_602);
    expect(count({ inputSize: 2, outputSize: 3, blocks: 5 })).toBe(101_603);
    expect(count({ inputSize: 40, outputSize: 14, blocks: 5 })).toBe(106_514);
    expect(count({ inputSize: 14, outputSize: 40, blocks: 5 })).toBe(106_540);
    expect(count({ inputSize: 1, outputSize: 29, contextSize: 1 })).toBe(44_029);
  });

  it('starts every block near the identity', async () => {
    const params = residualNet({ inputSize: 4, outputSize: 2, hidden: 30, contextSize: 2 }).init(key(3));
    for (const [path, leaf] of treeEntries(params)) {
      const largest = Math.max(...Array.from(await leaf.data(), Math.abs));
      const fanIn = path.startsWith('input') ? 6 : path.includes('gate') ? 2 : 30;
      const bound = path.includes('second') ? 1e-3 : 1 / Math.sqrt(fanIn);
      expect(largest, path).toBeLessThanOrEqual(bound);
      expect(largest, path).toBeGreaterThan(bound / 2);
    }
    treeDispose(params);
  });

  it('refuses a context that is missing, of another size or not asked for', () => {
    const [plain, conditional] = [0, 2].map((contextSize) =>
      residualNet({ inputSize: 1, outputSize: 1, hidden: 2, contextSize }),
    );
    const [a, b] = [plain.init(key(0)), conditional.init(key(0))];
    const [x, narrow, short] = [tf.zeros([3, 1]), tf.zeros([3, 1]), tf.zeros([2, 2])];
    const bad = expect.objectContaining({ code: 'bad-context' }) as unknown;
    expect(() => conditional.apply(b, x)).toThrow(bad);
    expect(() => conditional.apply(b, x, narrow)).toThrow(bad);
    expect(() => conditional.apply(b, x, short)).toThrow(bad);
    expect(() => plain.apply(a, x, narrow)).toThrow(bad);
    expect(() => plain.apply({ ...a, blocks: [] }, x)).toThrow(
      expect.objectContaining({ code: 'bad-params' }),
    );
    expect(() => plain.apply(a, short)).toThrow(expect.objectContaining({ code: 'bad-input-shape' }));
    tf.dispose([x, narrow, short]);
    treeDispose([a, b]);
  });

  it.each([
    { hidden: 0 },
    { blocks: -1 },
    { contextSize: 0.5 },
    { inputSize: 0 },
    { outputSize: Number.NaN },
  ])('refuses %j', (options) => {
    expect(() => residualNet({ inputSize: 1, outputSize: 1, ...options })).toThrow(ConfigError);
  });
});
