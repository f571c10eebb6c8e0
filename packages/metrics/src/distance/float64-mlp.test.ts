import * as tf from '@tensorflow/tfjs';
import { ConfigError, ShapeError, key, normalArray, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { tensorConstraint } from './constraint.js';
import { distanceToManifold } from './distance-to-manifold.js';
import { hostMlp, readMlpParams, type HostActivation, type HostMlpParams } from './float64-mlp.js';

const sizes = [3, 5, 4, 2];
function randomParams(activation: HostActivation, seed = 1): HostMlpParams {
  const layers = sizes.slice(1).map((outputs, at) => ({
    kernel: normalArray(key(seed + 10 * at), sizes[at] * outputs),
    bias: normalArray(key(seed + 10 * at + 1), outputs),
  }));
  return { layers, activation };
}
const points = { data: normalArray(key(5), 21), rows: 7, columns: 3 };

const tensorActivations: Record<HostActivation, (x: tf.Tensor) => tf.Tensor> = {
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  tanh: tf.tanh,
  softplus: tf.softplus,
};
function tensorMlp({ layers, activation }: HostMlpParams): (x: tf.Tensor) => tf.Tensor {
  return (x) =>
    layers.reduce((h, { kernel, bias }, at) => {
      const shape: [number, number] = [kernel.length / bias.length, bias.length];
      const y = tf.add(
        tf.matMul(h, tf.tensor2d(Float32Array.from(kernel), shape)),
        tf.tensor1d(Array.from(bias)),
      );
      return at === layers.length - 1 ? y : tensorActivations[activation](y);
    }, x);
}

const activations: HostActivation[] = ['silu', 'tanh', 'softplus'];

describe('hostMlp', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });
  installLeakGuard();

  it.each(activations)('has the derivatives of its values: %s', async (activation) => {
    const { constraint, evaluate } = hostMlp(randomParams(activation));
    const { value, jacobian } = await constraint.evaluate(points);
    expect(value).toEqual(evaluate(points));
    const h = 1e-5;
    for (let d = 0; d < 3; d++) {
      const shifted = (by: number) =>
        evaluate({ ...points, data: points.data.map((x, i) => (i % 3 === d ? x + by : x)) });
      const [ahead, behind] = [shifted(h), shifted(-h)];
      for (let i = 0; i < value.length; i++) {
        expect(jacobian[3 * i + d]).toBeCloseTo((ahead[i] - behind[i]) / (2 * h), 7);
      }
    }
  });

  it.each(activations)('agrees with tensors to float32: %s', async (activation) => {
    const params = randomParams(activation);
    const onHost = await hostMlp(params).constraint.evaluate(points);
    const tensors = tensorConstraint(tensorMlp(params), { dimension: 3, codimension: 2, batchSize: 3 });
    const onDevice = await tensors.evaluate(points);
    onHost.value.forEach((x, i) => expect(onDevice.value[i]).toBeCloseTo(x, 4));
    onHost.jacobian.forEach((x, i) => expect(onDevice.jacobian[i]).toBeCloseTo(x, 4));
  });

  it('neither overflows nor loses small values', () => {
    const wide: HostMlpParams = {
      layers: [
        { kernel: [1], bias: [0] },
        { kernel: [1], bias: [0] },
      ],
      activation: 'silu',
    };
    const at = (activation: HostActivation, x: number) =>
      hostMlp({ ...wide, activation }).evaluate({ data: Float64Array.of(x), rows: 1, columns: 1 })[0];
    expect(at('silu', 800)).toBe(800);
    expect(at('silu', -800)).toBeCloseTo(0, 300);
    expect(at('softplus', 800)).toBe(800);
    expect(at('softplus', -40) / Math.exp(-40)).toBeCloseTo(1, 12);
  });

  it('reads the parameters of a network and measures distances with it', async () => {
    const params = {
      layers: [
        {
          kernel: tf.tensor2d([
            [1, 0.5],
            [-0.5, 1],
          ]),
          bias: tf.tensor1d([0.1, -0.2]),
        },
        { kernel: tf.tensor2d([[1], [0.7]]), bias: tf.tensor1d([-0.3]) },
      ],
    };
    const host = hostMlp(await readMlpParams(params, 'tanh'));
    const given = { data: Float64Array.of(1, 1, 0, 0, -1, 0.5), rows: 3, columns: 2 };
    const exact = await distanceToManifold(host.constraint, given);
    expect(exact.failed).toBe(0);
    const asTensors = tensorConstraint(
      (x) => {
        const hidden = tf.tanh(tf.add(tf.matMul(x, params.layers[0].kernel), params.layers[0].bias));
        return tf.add(tf.matMul(hidden, params.layers[1].kernel), params.layers[1].bias);
      },
      { dimension: 2, codimension: 1 },
    );
    const rough = await distanceToManifold(asTensors, given);
    expect(rough.failed).toBe(0);
    exact.distances.forEach((d, i) => expect(rough.distances[i]).toBeCloseTo(d, 4));
    tf.dispose(params.layers);
  });

  it('refuses layers that do not fit', () => {
    const layers = [{ kernel: [1, 2], bias: [0] }];
    expect(() => hostMlp({ layers: [], activation: 'silu' })).toThrow(ShapeError);
    expect(() => hostMlp({ layers: [{ kernel: [1, 2, 3], bias: [0, 0] }], activation: 'silu' })).toThrow(
      ShapeError,
    );
    expect(() => hostMlp({ layers: [...layers, ...layers], activation: 'silu' })).toThrow(/layer 1/);
    expect(() => hostMlp({ layers, activation: 'gelu' as 'silu' })).toThrow(ConfigError);
    const narrow = { data: Float64Array.of(1), rows: 1, columns: 1 };
    expect(() => hostMlp({ layers, activation: 'silu' }).evaluate(narrow)).toThrow(ShapeError);
  });
});

describe('tensorConstraint', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });
  installLeakGuard();

  it('leaks nothing, also when the function gives the wrong shape', async () => {
    const good = tensorConstraint((x) => tf.sum(tf.square(x), 1, true), { dimension: 3, codimension: 1 });
    await expectNoLeak(async () => good.evaluate(points));
    const bad = tensorConstraint((x) => tf.square(x), { dimension: 3, codimension: 2 });
    await expect(bad.evaluate(points)).rejects.toThrow(ShapeError);
    expect(() => tensorConstraint((x) => x, { dimension: 0, codimension: 2 })).toThrow(ConfigError);
  });
});
