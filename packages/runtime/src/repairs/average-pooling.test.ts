import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, ofImages, scattered } from './gradient-checks.js';

const image = (): tf.Tensor => scattered([2, 5, 4, 2]);
const overhanging = ofImages((x) => tf.avgPool(x, 2, 2, 'same'));

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('the gradient is wrong where a window hangs over the border', () => {
    const gradient = tf.grad(overhanging)(tf.ones([1, 3, 3, 1]));
    expect([...gradient.dataSync()]).toEqual(new Array(9).fill(0.25));
    expect(derivativeError(overhanging, image(), 1)).toBeGreaterThan(0.02);
  });

  it('there is no second derivative', () => {
    const f = ofImages((x) => tf.avgPool(x, 2, 2, 'valid'));
    expect(() => derivativeError(f, image(), 2)).toThrow(/AvgPoolGrad/);
  });
});

useTestBackends(TEST_BACKENDS, useBackend, (backend) => {
  it('shares the gradient among the entries inside the image', () => {
    const gradient = tf.grad(overhanging)(tf.ones([1, 3, 3, 1]));
    expect([...gradient.dataSync()]).toEqual([0.25, 0.25, 0.5, 0.25, 0.25, 0.5, 0.5, 0.5, 1]);
  });

  const cases: [number | [number, number], number | [number, number], 'same' | 'valid' | number][] = [
    [2, 2, 'same'],
    [3, 1, 'valid'],
    [3, 1, 'same'],
    [[3, 2], [2, 1], 'same'],
    [[1, 3], [2, 2], 'valid'],
    [2, 2, 1],
  ];
  // The native backend pads 'same' and 'valid' only, and says so.
  const supported = cases.filter(([, , pad]) => backend !== 'tensorflow' || typeof pad === 'string');
  it.each(supported)('window %s, strides %s, padding %s', (size, strides, pad) => {
    expectDerivatives(
      ofImages((x) => tf.avgPool(x, size, strides, pad)),
      image(),
    );
  });
});
