import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';

const everySecond = (values: number[], dtype: 'int32' | 'bool' | 'float32'): tf.Tensor =>
  tf.stridedSlice(tf.tensor1d(values, dtype), [0], [values.length], [2]);

it('as shipped, wasm reads the bits of integers as floats', async () => {
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  const slice = everySecond([1, 2, 3], 'int32');
  expect(slice.dtype).toBe('float32');
  expect(slice.dataSync()[0]).toBeLessThan(1e-40);
});

it('keeps the type and the values', async () => {
  await useBackend('wasm');
  for (const dtype of ['int32', 'bool', 'float32'] as const) {
    const slice = everySecond([1, 0, 0, 1, 1], dtype);
    expect(slice.dtype).toBe(dtype);
    expect([...slice.dataSync()]).toEqual([1, 0, 1]);
  }
});
