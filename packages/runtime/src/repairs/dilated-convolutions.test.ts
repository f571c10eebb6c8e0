import * as tf from '@tensorflow/tfjs';
import { TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { derivativeError, expectDerivatives, scattered } from './gradient-checks.js';

type Convolution = (x: tf.Tensor, w: tf.Tensor) => tf.Tensor;

const image = (): tf.Tensor4D => scattered([2, 6, 7, 2], 2) as tf.Tensor4D;
const filter = (height: number, width: number): tf.Tensor4D =>
  scattered([height, width, 2, 3], 3) as tf.Tensor4D;

const plain =
  (pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding, rates: number | [number, number]) =>
  (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, pad, 'NHWC', rates);
const depthwise =
  (rates: number | [number, number]): Convolution =>
  (x, w) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NHWC', rates);

const cases: Record<string, [Convolution, () => tf.Tensor4D]> = {
  'same, 2': [plain('same', 2), () => filter(3, 3)],
  'same, 3 by 2': [plain('same', [3, 2]), () => filter(2, 3)],
  'valid, 1 by 3': [plain('valid', [1, 3]), () => filter(3, 2)],
  'one row': [plain('valid', [2, 2]), () => filter(1, 3)],
  'padding in numbers': [plain(1, 2), () => filter(2, 2)],
  'padding on some sides': [
    plain(
      [
        [0, 0],
        [2, 1],
        [0, 3],
        [0, 0],
      ],
      2,
    ),
    () => filter(3, 2),
  ],
  'depthwise, 2': [depthwise(2), () => filter(3, 3)],
  'depthwise, 1 by 2': [depthwise([1, 2]), () => filter(2, 3)],
};

describe('as shipped', () => {
  beforeAll(() => tf.setBackend('cpu'));
  it.each(Object.entries(cases))('%s: no gradient', (_name, [convolve, w]) => {
    expect(() => derivativeError((x) => convolve(x, w()), image(), 1)).toThrow(/dilation/);
  });
});

useTestBackends(TEST_BACKENDS, useBackend, (backend) => {
  // The native backend pads 'same' and 'valid' only, and says so.
  const supported = Object.entries(cases).filter(
    ([name]) => backend !== 'tensorflow' || !name.startsWith('padding'),
  );
  it.each(supported)('%s: by the image, by the filter', (_name, [convolve, w]) => {
    expectDerivatives((x) => convolve(x, w()), image(), 2, 1e-2);
    expectDerivatives((v) => convolve(image(), v), w(), 2, 1e-2);
  });

  it('a Jacobian penalty on the filter, through both at once', () => {
    const x = image();
    const penalty = (w: tf.Tensor): tf.Tensor => {
      const energy = (y: tf.Tensor): tf.Tensor => tf.tanh(plain('same', 2)(y, w));
      return tf.sum(tf.square(tf.grad(energy)(x)), [1, 2]);
    };
    expectDerivatives(penalty, filter(2, 2), 2, 1e-2);
  });
});
