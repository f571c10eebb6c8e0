import * as tf from '@tensorflow/tfjs';
import { expectNoLeak } from '@ebim/testing';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { ofImages, scattered } from './gradient-checks.js';
import { repairWasmConvolution } from './wasm-convolution.js';

interface Case {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: [number, number];
  readonly filter: [number, number];
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | tf.backend_util.ExplicitPadding;
}

const padding = (top: number, bottom: number, left: number, right: number) =>
  [[0, 0], [top, bottom], [left, right], [0, 0]] as tf.backend_util.ExplicitPadding; // prettier-ignore

const cases: fc.Arbitrary<Case> = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 4, max: 9 }),
  width: fc.integer({ min: 4, max: 9 }),
  channels: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  filter: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  // Not as a number: TensorFlow.js itself gets its geometry wrong unless filter and strides are square.
  pad: fc.constantFrom<Case['pad']>('same', 'valid', padding(1, 2, 0, 1), padding(2, 2, 2, 2)),
});

async function filterGradient(c: Case): Promise<Float32Array> {
  const x = scattered([c.batch, c.height, c.width, c.channels[0]], 2) as tf.Tensor4D;
  const w = scattered([...c.filter, ...c.channels], 3) as tf.Tensor4D;
  const gradient = tf.grad(ofImages((v) => tf.square(tf.conv2d(x, v, c.strides, c.pad))))(w);
  const values = (await gradient.data()) as Float32Array;
  tf.dispose([x, w, gradient]);
  return values;
}

it('as shipped, wasm cannot differentiate a convolution by its filter', async () => {
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  const x = scattered([1, 4, 4, 1]) as tf.Tensor4D;
  const w = scattered([2, 2, 1, 1]) as tf.Tensor4D;
  expect(() => tf.grad(ofImages((v) => tf.conv2d(x, v, 1, 'same')))(w)).toThrow(/Conv2DBackpropFilter/);
  expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBeUndefined();
});

it('agrees with cpu for any size, stride and padding', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (c) => {
      await useBackend('cpu');
      const expected = await filterGradient(c);
      await useBackend('wasm');
      const got = await filterGradient(c);
      expect(got.length).toBe(expected.length);
      const largest = Math.max(...expected.map(Math.abs), 1e-3);
      got.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-5 * largest));
    }),
    { numRuns: 60 },
  );
});

it('leaves nothing on the wasm heap and is installed once', async () => {
  await useBackend('wasm');
  const kernel = tf.getKernel('Conv2DBackpropFilter', 'wasm');
  repairWasmConvolution();
  expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBe(kernel);
  const x = scattered([2, 5, 5, 2]) as tf.Tensor4D;
  const w = scattered([3, 3, 2, 2]) as tf.Tensor4D;
  const ids = tf.engine().backend.numDataIds();
  expectNoLeak(() => tf.grad(ofImages((v) => tf.conv2d(x, v, 2, 'same')))(w));
  expect(tf.engine().backend.numDataIds()).toBe(ids);
});
