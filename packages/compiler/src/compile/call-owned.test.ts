import * as tf from '@tensorflow/tfjs';
import { foldIn, key, useBackend, type Key } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard } from '@ebim/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compile } from '../index.js';

/** A backend of which the compiler knows nothing, as TensorFlow and WebGPU. */
beforeAll(async () => {
  await useBackend('cpu');
  tf.registerBackend('elsewhere', tf.findBackendFactory('cpu'));
  tf.copyRegisteredKernels('cpu', 'elsewhere');
  await tf.setBackend('elsewhere');
});
afterAll(async () => {
  await tf.setBackend('cpu');
  tf.removeBackend('elsewhere');
});
installLeakGuard();

const read = (t: tf.Tensor): number[] => [...t.dataSync()];

it('gives its caller tensors of its own, whatever the function returns', () => {
  const constant = tf.tensor1d([7, 8]);
  const f = compile((x: tf.Tensor, from: Key) => {
    const y = tf.mul(x, tf.add(x, 0));
    return { same: x, twice: [y, y], constant, none: null, n: 5, g: read, next: foldIn(from, 1) };
  });
  const x = tf.tensor1d([1, 2]);
  for (let i = 0; i < 2; i++) {
    const result = f(x, key(3));
    expect(result).toMatchObject({ none: null, n: 5, g: read, next: foldIn(key(3), 1) });
    expect([read(result.same), read(result.constant)]).toEqual([
      [1, 2],
      [7, 8],
    ]);
    result.twice[0].dispose();
    expect(read(result.twice[1])).toEqual([1, 4]);
    tf.dispose([result.same, result.twice[1], result.constant]);
    expect([x.isDisposed, constant.isDisposed]).toEqual([false, false]);
  }
  expectNoLeak(() => {
    const { same, twice, constant: c } = f(x, key(3));
    return [same, ...twice, c];
  });
  expect(f.statistics).toMatchObject({ passThroughs: 3, misses: 0, programs: 0 });
  tf.dispose([x, constant]);
});

it('leaves a single tensor alive in the tidy of its caller', () => {
  const f = compile((x: tf.Tensor) => tf.square(tf.neg(x)));
  expectNoLeak(() =>
    tf.tidy(() => {
      const y = f(tf.tensor1d([3]));
      return tf.add(y, f(y));
    }),
  );
});

it('is the function itself under a gradient', () => {
  const cube = compile((x: tf.Tensor) => tf.mul(x, tf.square(x)));
  tf.tidy(() => {
    expect(read(tf.grad(cube)(tf.tensor1d([2, 3])))).toEqual([12, 27]);
  });
});

it('with a fallback runs as they are functions that cannot be compiled', async () => {
  const kept: tf.Tensor[] = [];
  const keeps = compile((x: tf.Tensor) => void kept.push(tf.square(x)), { fallback: true });
  const waits = compile(async (x: tf.Tensor) => (await x.data())[0], { fallback: true });
  const x = tf.tensor1d([3]);
  keeps(x);
  expect(read(kept[0])).toEqual([9]);
  expect(await waits(x)).toBe(3);
  tf.dispose([x, ...kept]);
});

it('refuses async functions, as where they are compiled', () => {
  const x = tf.tensor1d([1]);
  const f = compile(async (t: tf.Tensor) => {
    await Promise.resolve();
    return tf.mul(t, 2);
  });
  expect(() => f(x)).toThrow(expect.objectContaining({ code: 'async-function' }));
  x.dispose();
});
