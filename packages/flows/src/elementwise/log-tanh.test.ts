import * as tf from '@tensorflow/tfjs';
import { grad } from '@ebim/autodiff';
import { explain } from '@ebim/compiler';
import { useBackend } from '@ebim/runtime';
import { describeTransform, installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../test-support/contract.js';
import { logTanh } from './log-tanh.js';

beforeAll(async () => {
  await useBackend('cpu');
});

/** On both sides of the cut, at a distance that finite differences do not cross. */
const apart = (batch: number): tf.Tensor =>
  tf.tidy(() => {
    const values = Array.from(
      { length: 3 * batch },
      (_, i) => [0.3, -2.4, 4, -0.5, 1.7, -7][i % 6] + 0.01 * i,
    );
    return tf.tensor2d(values, [batch, 3]);
  });

describeTransform('log-tanh', contract(logTanh({ size: 3 }), { sample: apart }));
describeTransform(
  'smooth log-tanh with another cut',
  contract(logTanh({ size: 3, cut: 1.2, kind: 'smooth' }), { sample: apart }),
);

describe('log-tanh', () => {
  installLeakGuard();
  const at = async (x: number[], options = {}) => {
    const points = tf.tensor2d(x, [x.length, 1]);
    const { y, logDetJacobian } = logTanh({ size: 1, ...options }).forward({}, points);
    const values = { y: [...(await y.data())], log: [...(await logDetJacobian.data())] };
    tf.dispose([points, y, logDetJacobian]);
    return values;
  };

  it('has the published values', async () => {
    const { y, log } = await at([-3, 2, 0.5, 0]);
    [-1.1548808849, 1.0097304549, Math.tanh(0.5), 0].forEach((value, i) =>
      expect(y[i]).toBeCloseTo(value, 6),
    );
    [-2.1258764593, -1.7204113511, Math.log(1 - Math.tanh(0.5) ** 2), 0].forEach((value, i) =>
      expect(log[i]).toBeCloseTo(value, 5),
    );
  });

  it('is continuous at the cut, where the derivative jumps as published, or does not', async () => {
    const near = [-1 - 1e-5, -1 + 1e-5, 1, 1 + 1e-5];
    const published = await at(near);
    expect(published.y[0]).toBeCloseTo(published.y[1], 4);
    expect(published.y[2]).toBeCloseTo(published.y[3], 4);
    [0.358, 0.42, 0.42, 0.358].forEach((slope, i) =>
      expect(Math.exp(published.log[i])).toBeCloseTo(slope, 4),
    );
    const smooth = await at(near, { kind: 'smooth' });
    smooth.log.forEach((log) => expect(Math.exp(log)).toBeCloseTo(0.41997, 4));
  });

  it('has finite derivatives to second order everywhere', async () => {
    const layer = logTanh({ size: 1 });
    const x = tf.tensor2d([0, -1, 1, 1e-20, -1e4, 1e6, 30], [7, 1]);
    const first = (value: tf.Tensor): tf.Tensor =>
      tf.sum(
        grad((t: tf.Tensor) => {
          const { y, logDetJacobian } = layer.forward({}, t);
          return tf.add(tf.sum(y), tf.sum(logDetJacobian));
        })(value),
      );
    const second = grad(first)(x);
    expect((await second.data()).every(Number.isFinite)).toBe(true);
    expect(explain((t: tf.Tensor) => layer.inverse({}, t), x).islands).toEqual([]);
    tf.dispose([x, second]);
  });

  it('refuses bad options', () => {
    expect(() => logTanh({ size: 0 })).toThrow(expect.objectContaining({ code: 'bad-size' }));
    expect(() => logTanh({ size: 1, cut: 0 })).toThrow(expect.objectContaining({ code: 'bad-option' }));
    expect(() => logTanh({ size: 1, kind: 'c1' as 'smooth' })).toThrow('published or smooth');
  });
});
