import * as tf from '@tensorflow/tfjs';
import { useBackend } from '@ebim/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../compile/compile.js';

beforeAll(async () => {
  await useBackend('cpu');
});

describe('reductions over some axes', () => {
  const reductions = { sum: tf.sum, mean: tf.mean, max: tf.max, min: tf.min, prod: tf.prod } as const;
  it.each(Object.keys(reductions) as (keyof typeof reductions)[])('compiles tf.%s', async (name) => {
    const reduce = reductions[name] as (
      x: tf.Tensor,
      axis?: number | number[],
      keepDims?: boolean,
    ) => tf.Tensor;
    const x = tf.tensor(
      Array.from({ length: 24 }, (_, i) => Math.sin(1.3 * i) + 1.5),
      [2, 3, 4],
    );
    for (const axis of [0, 1, -1, [0, 2], [1], undefined])
      for (const keepDims of [false, true]) {
        const f = (t: tf.Tensor): tf.Tensor => reduce(t, axis, keepDims);
        const compiled = compile(f);
        const [actual, expected] = [compiled(x), f(x)];
        expect(actual.shape).toEqual(expected.shape);
        const values = [...(await expected.data())];
        [...(await actual.data())].forEach((value, i) => expect(value / values[i]).toBeCloseTo(1, 5));
        tf.dispose([actual, expected]);
        compiled.dispose();
      }
    x.dispose();
  });
});
