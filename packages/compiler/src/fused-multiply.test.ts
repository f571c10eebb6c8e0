import * as tf from '@tensorflow/tfjs';
import { useBackend } from '@ebim/runtime';
import { beforeAll, expect, it } from 'vitest';
import { compile } from './compile/compile.js';
import { enableFusedMultiply } from './fused-multiply.js';
import { hasFusedMultiply } from './wasm/relaxed.js';

beforeAll(async () => {
  await useBackend('cpu');
});

/** 1 + 2^-12 squared is 1 + 2^-11 + 2^-24, of which one float32 loses the last term and a fused product does not. */
const BASE = 1 + 2 ** -12;

/** `(BASE^2 - 1) - 2^-11` by products of matrices: -2^-11 and -1 come first, so that the square is added last. */
const leftOver = (): number =>
  tf.tidy(() => {
    const row = tf.tensor2d([-1, -(2 ** -11), BASE], [1, 3]);
    const a = tf.tile(row, [4, 1]);
    const b = tf.tile(tf.tensor2d([1, 1, BASE], [3, 1]), [1, 8]);
    return compile((x: tf.Tensor2D, y: tf.Tensor2D) => tf.matMul(x, y))(a, b).dataSync()[0];
  });

it('is there on every Node that is supported, and rounds products once, also after programs without it', async () => {
  const before = hasFusedMultiply();
  expect(leftOver()).toBe(before ? 2 ** -24 : 0);
  expect(await enableFusedMultiply()).toBe(true);
  expect(leftOver()).toBe(2 ** -24);
  expect(await enableFusedMultiply()).toBe(true);
});
