import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { scattered } from './gradient-checks.js';

type Convolve = (x: tf.Tensor4D, w: tf.Tensor4D, strides: [number, number]) => tf.Tensor;

const convolutions: Record<string, Convolve> = {
  conv2d: (x, w, strides) => tf.conv2d(x, w, strides, 'same'),
  fused: (x, w, strides) => tf.fused.conv2d({ x, filter: w, strides, pad: 'same' }),
  depthwise: (x, w, strides) => tf.depthwiseConv2d(x, w, strides, 'same'),
};
const values = (f: Convolve, filter: [number, number], strides: [number, number]): number[] => [
  ...f(
    scattered([2, 5, 4, 2]) as tf.Tensor4D,
    scattered([...filter, 2, 2], 3) as tf.Tensor4D,
    strides,
  ).dataSync(),
];

it('as shipped, wasm answers zeros for a filter smaller than its stride', async () => {
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  const out = values(convolutions.conv2d, [2, 1], [1, 2]);
  expect(out.every((value) => value === 0)).toBe(true);
});

it.each(Object.entries(convolutions))('%s is that of cpu', async (_name, f) => {
  const filters: [number, number][] = [[1, 1], [2, 1], [1, 3], [2, 2], [3, 3]]; // prettier-ignore
  const strides: [number, number][] = [[1, 1], [1, 2], [2, 2], [3, 2]]; // prettier-ignore
  for (const filter of filters) {
    for (const stride of strides) {
      await useBackend('cpu');
      const expected = values(f, filter, stride);
      await useBackend('wasm');
      const got = values(f, filter, stride);
      expect(got.length).toBe(expected.length);
      got.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
    }
  }
});
