import * as tf from '@tensorflow/tfjs';
import { key, useBackend } from '@ebim/runtime';
import { installLeakGuard, describeTransform } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../test-support/contract.js';
import { hypersphericalChart } from './hyperspherical.js';
import { pad } from './pad.js';

beforeAll(async () => {
  await useBackend('cpu');
});

/** Points away from the origin and from the poles. */
const around = (d: number) => (batch: number) =>
  tf.tidy(() => {
    const values = Array.from({ length: batch * d }, (_, i) => Math.sin(2.1 * i + 0.7));
    const x = tf.tensor(values, [batch, d]);
    return tf.add(x, tf.mul(0.5, tf.sign(x)));
  });

describeTransform('pad', contract(pad({ from: 2, to: 5 }), { checkDerivatives: undefined }));
describeTransform(
  'chart of a circle in the plane',
  contract(hypersphericalChart({ manifold: 1, ambient: 2 }), {
    sample: around(2),
  }),
);
describeTransform(
  'chart of a sphere of radius 2 in five dimensions',
  contract(hypersphericalChart({ manifold: 2, ambient: 5, radius: 2, azimuthOffset: 0.4 }), {
    sample: around(5),
  }),
);
describeTransform(
  'chart of a 4-sphere',
  contract(hypersphericalChart({ manifold: 4, ambient: 5 }), { sample: around(5) }),
);

describe('the hyperspherical chart', () => {
  installLeakGuard();

  it('is the formula', async () => {
    const chart = hypersphericalChart({ manifold: 2, ambient: 4, radius: 1.5 });
    const [theta, phi, r] = [0.8, 4.1, 1.7];
    const x = tf.tensor2d([
      [r * Math.cos(theta), r * Math.sin(theta) * Math.cos(phi), r * Math.sin(theta) * Math.sin(phi), 9],
    ]);
    const { y, logDetJacobian } = chart.forward({}, x);
    const values = await y.data();
    [-1 + (2 * theta) / Math.PI, -1 + phi / Math.PI, 0.2, 9].forEach((value, i) =>
      expect(values[i]).toBeCloseTo(value, 5),
    );
    const logVolume = 2 * Math.log(r) + Math.log(Math.sin(theta)) + Math.log(Math.PI) + Math.log(Math.PI / 2);
    expect((await logDetJacobian.data())[0]).toBeCloseTo(-logVolume, 5);
    tf.dispose([x, y, logDetJacobian]);
  });

  it('gives angles within [-1, 1] for every direction, the cut and the poles too', async () => {
    const chart = hypersphericalChart({ manifold: 2, ambient: 3, azimuthOffset: 0 });
    const x = tf.tensor2d([
      [1, 0, 0],
      [-1, 0, 0],
      [0, 1, 0],
      [0, 1, -1e-7],
      [0, -1, 0],
      [0, 0, 1],
      [0, 0, -1],
    ]);
    const { y, logDetJacobian } = chart.forward({}, x);
    const back = chart.inverse({}, y);
    const [angles, again, original] = [await y.data(), await back.x.data(), await x.data()];
    angles.forEach((value, i) => {
      if (i % 3 < 2) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-6);
    });
    original.forEach((value, i) => expect(again[i]).toBeCloseTo(value, 5));
    tf.dispose([x, y, logDetJacobian, back.x, back.logDetJacobian]);
  });

  it.each([
    [2, 2],
    [3, 2],
  ])('refuses a sphere of dimension %i in %i dimensions', (manifold, ambient) => {
    const refused = expect.objectContaining({ code: 'bad-manifold-dimension' }) as unknown;
    expect(() => hypersphericalChart({ manifold, ambient })).toThrow(refused);
    expect(() => pad({ from: manifold, to: ambient })).toThrow(refused);
  });

  it('needs no parameters', () => {
    expect(pad({ from: 1, to: 2 }).init(key(0))).toEqual({});
  });
});
