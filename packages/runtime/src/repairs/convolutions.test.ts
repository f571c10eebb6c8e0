import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered, type Fn } from './gradient-checks.js';

const image = (): tf.Tensor4D => scattered([2, 6, 5, 2], 2) as tf.Tensor4D;
const filter = (): tf.Tensor4D => scattered([3, 2, 2, 3], 3) as tf.Tensor4D;

const byFilter: Record<string, Fn> = {
  'same, stride 1': (w) => tf.conv2d(image(), w as tf.Tensor4D, 1, 'same'),
  'valid, stride 2': (w) => tf.conv2d(image(), w as tf.Tensor4D, 2, 'valid'),
  'explicit padding, stride 2 by 1': (w) =>
    tf.conv2d(image(), w as tf.Tensor4D, [2, 1], [[0, 0], [1, 2], [0, 1], [0, 0]]), // prettier-ignore
  transposed: (w) =>
    tf.conv2dTranspose(scattered([2, 3, 3, 3]) as tf.Tensor4D, w as tf.Tensor4D, [2, 6, 6, 2], 2, 'same'),
};
const depthwise = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
  tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, [1, 1], 'same');

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));
  it.each(Object.entries(byFilter))('the filter has no second derivative: %s', (_name, f) => {
    expect(() => derivativeError(f, filter(), 2)).toThrow(/Conv2DBackpropFilter/);
  });
  it('depthwise: none either', () => {
    expect(() => derivativeError((w) => depthwise(image(), w), filter(), 2)).toThrow(/Depthwise/);
  });
});

useTestBackends(TEST_BACKENDS, useBackend, (backend) => {
  // The native backend pads 'same' and 'valid' only, and says so.
  const supported = Object.entries(byFilter).filter(
    ([name]) => backend !== 'tensorflow' || !name.startsWith('explicit'),
  );
  it.each(supported)('derivatives by the filter: %s', (_name, f) => {
    expectDerivatives(f, filter());
  });

  it('derivatives by the image', () => {
    const w = filter();
    expectDerivatives((x) => tf.conv2d(x as tf.Tensor4D, w, [2, 1], 'same'), image());
  });

  it('depthwise, by filter and by image', () => {
    expectDerivatives((w) => depthwise(image(), w), filter());
    expectDerivatives((x) => depthwise(x, filter()), image());
  });

  it('a Jacobian penalty on the filter, through both at once', () => {
    const x = image();
    const penalty: Fn = (w) => {
      const energy: Fn = (y) => tf.tanh(tf.conv2d(y as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'));
      return tf.sum(tf.square(tf.grad(energy)(x)), [1, 2]);
    };
    expectDerivatives(penalty, filter(), 2, 1e-2);
  });
});
