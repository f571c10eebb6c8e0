import * as tf from '@tensorflow/tfjs';
import { expectNoLeak } from '@ebim/testing';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { ofImages, scattered, type Fn } from './gradient-checks.js';

const filter = (): tf.Tensor => scattered([2, 2, 2, 1]);

const missing: Record<string, Fn> = {
  UnsortedSegmentSum: (x) => tf.grad((y: tf.Tensor) => tf.gather(y, tf.tensor1d([1, 1, 0], 'int32')))(x),
  Einsum: (x) => tf.einsum('nhwc,nhwc->c', x, x),
  DepthwiseConv2dNativeBackpropFilter: (x) =>
    tf.grad(ofImages((w) => tf.depthwiseConv2d(x as tf.Tensor4D, w, 1, 'same')))(filter()),
  DepthwiseConv2dNativeBackpropInput: (x) =>
    tf.grad(ofImages((y) => tf.depthwiseConv2d(y, filter() as tf.Tensor4D, 1, 'same')))(x),
};
const wrong: Record<string, Fn> = {
  MaxPoolGrad: (x) => tf.grad(ofImages((y) => tf.square(tf.maxPool(y, 2, 2, 'valid'))))(x),
  MaxPoolWithArgmax: (x) =>
    (tf.maxPoolWithArgmax(x as tf.Tensor4D, 2, 2, 'valid', true) as { indexes: tf.Tensor }).indexes,
};
/** Negative throughout. */
const point = (): tf.Tensor => tf.tidy(() => tf.sub(scattered([2, 4, 4, 2]), 2));

describe('as shipped', () => {
  it.each(Object.entries(missing))('wasm lacks %s', async (name, f) => {
    await import('@tensorflow/tfjs-backend-wasm');
    await tf.setBackend('wasm');
    expect(tf.getKernel(name, 'wasm')).toBeUndefined();
    expect(() => f(point())).toThrow(name);
  });

  it.each(Object.entries(wrong))('wasm gets %s wrong below zero', async (_name, f) => {
    await tf.setBackend('cpu');
    const expected = [...f(point()).dataSync()];
    await tf.setBackend('wasm');
    expect([...f(point()).dataSync()]).not.toEqual(expected);
  });
});

describe('repaired', () => {
  it.each(Object.entries({ ...missing, ...wrong }))('%s is that of cpu', async (_name, f) => {
    await useBackend('cpu');
    const onCpu = f(point());
    const expected = [...onCpu.dataSync()];
    await useBackend('wasm');
    const onWasm = f(point());
    expect(onWasm.dtype).toBe(onCpu.dtype);
    expect(onWasm.shape).toEqual(onCpu.shape);
    onWasm.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
  });

  it('leaves nothing on either heap', async () => {
    await useBackend('wasm');
    const cpu = tf.findBackend('cpu');
    const x = point();
    const f = missing.UnsortedSegmentSum;
    f(x).dispose();
    const before = [tf.engine().backend.numDataIds(), cpu.numDataIds()];
    expectNoLeak(() => tf.tidy(() => f(x)));
    expectNoLeak(() => tf.tidy(() => wrong.MaxPoolGrad(x)));
    expect([tf.engine().backend.numDataIds(), cpu.numDataIds()]).toEqual(before);
  });
});
