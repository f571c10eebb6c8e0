import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { key, normal, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import {
  assertDerivatives,
  checkDerivatives,
  safeNorm,
  stopGradient,
  vjp,
  type CheckDerivativesOptions,
} from '../index.js';

/** A function with the given value and gradient factor: right if factor = derivative. */
const custom = (value: (x: tf.Tensor) => tf.Tensor, factor: (x: tf.Tensor) => tf.Tensor) =>
  tf.customGrad<tf.Tensor>((...args) => {
    const [x, save] = args as unknown as [tf.Tensor, (tensors: tf.Tensor[]) => void];
    save([x]);
    return {
      value: value(x),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, factor(saved[0])),
    };
  });

const silu = (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x));

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();
  const check = async (
    f: (x: tf.Tensor) => tf.Tensor,
    shape: number[],
    options: CheckDerivativesOptions = {},
  ) => {
    const x = normal(key(9), shape);
    const report = await checkDerivatives(f, x, options);
    x.dispose();
    return report;
  };

  it.each(
    Object.entries({
      silu,
      exp: (x: tf.Tensor) => tf.exp(x),
      'polynomial of degree 2': (x: tf.Tensor) => tf.square(x),
      linear: (x: tf.Tensor) => tf.mul(3, x),
      constant: (x: tf.Tensor) => tf.zerosLike(x),
      'large values': (x: tf.Tensor) => tf.add(1000, tf.mul(100, tf.sin(x))),
      'small values': (x: tf.Tensor) => tf.mul(1e-4, tf.sin(x)),
      steep: (x: tf.Tensor) => tf.sin(tf.mul(10, x)),
      norm: (x: tf.Tensor) => safeNorm(x, 1),
    }),
  )('accepts the derivatives of %s to the third order', async (_, f) => {
    const { checks, passed } = await check(f, [4, 3], { order: 3 });
    expect(passed ? [] : checks.filter((c) => c.verdict !== 'right')).toEqual([]);
    expect(checks).toHaveLength(6);
  });

  it.each([0.88, 0.94, 1.03, 1.06, 1.12])('rejects a gradient that is off by a factor %f', async (factor) => {
    const f = custom(tf.sin, (x) => tf.mul(factor, tf.cos(x)));
    const { passed, checks } = await check(f, [4, 3]);
    expect(passed).toBe(false);
    for (const c of checks) {
      expect(c.verdict).toBe('wrong');
      expect(c.relativeError).toBeCloseTo(Math.abs(1 - factor) / Math.max(1, factor), 2);
      expect(c.slope).toBeLessThan(1.3);
    }
  });

  it('sees slope 2 where the gradient is right', async () => {
    const { checks } = await check(tf.sin, [4, 3]);
    for (const c of checks) expect(c.slope).toBeGreaterThan(1.7);
  });

  it('rejects a term that is missing only from the second, or only from the third derivative', async () => {
    const first = custom(tf.exp, (x) => stopGradient(tf.exp(x)));
    const orders = (await check(first, [4, 3], { order: 3 })).checks;
    expect(orders.map((c) => [c.order, c.verdict])).toEqual(
      expect.arrayContaining([
        [1, 'right'],
        [2, 'wrong'],
      ]) as unknown[],
    );
    const second = custom(
      tf.exp,
      custom(tf.exp, (x) => stopGradient(tf.exp(x))),
    );
    const third = (await check(second, [4, 3], { order: 3 })).checks;
    expect(third.filter((c) => c.direction === 0).map((c) => c.verdict)).toEqual(['right', 'right', 'wrong']);
  });

  it('rejects a small part of a second derivative that is lost, as for SiLU in plain TensorFlow.js', async () => {
    const lost = custom(silu, (x) => {
      const s = tf.sigmoid(x);
      return tf.add(s, tf.mul(tf.mul(x, stopGradient(s)), tf.sub(1, s)));
    });
    const { checks } = await check(lost, [4, 3], { order: 2 });
    for (const c of checks) expect(c.verdict).toBe(c.order === 1 ? 'right' : 'wrong');
  });

  it('checks gradients of products of a network with respect to its parameters', async () => {
    const params = [normal(key(1), [3, 8]), normal(key(2), [8, 2])];
    const x = normal(key(3), [10, 3]);
    const rank = ([a, b]: tf.Tensor[]) =>
      tf.tidy(() => {
        const f = (q: tf.Tensor) => tf.matMul(silu(tf.matMul(q, a)), b);
        const { vjp: pull, dispose } = vjp(f, x);
        const rows = safeNorm(pull(tf.ones([10, 2])), 1);
        dispose();
        return rows;
      });
    await assertDerivatives(rank, params, { order: 2, directions: 1 });
    tf.dispose([params, x]);
  });

  it('calls a kink or NaN unclear, and throws a readable error', async () => {
    const x = tf.tensor1d([0, 0, 0]);
    expect((await checkDerivatives((v) => tf.abs(v), x)).checks[0].verdict).not.toBe('right');
    expect((await checkDerivatives((v) => tf.log(v), x)).checks[0].verdict).toBe('unclear');
    await expect(assertDerivatives((v) => tf.log(v), x)).rejects.toMatchObject({ code: 'wrong-derivative' });
    x.dispose();
  });

  it('leaks nothing', async () => {
    const x = tf.tensor1d([1, 2]);
    await expectNoLeak(() => checkDerivatives(silu, x, { order: 3 }));
    x.dispose();
  });
});

describe('refuses', () => {
  it('wrong options', async () => {
    const x = tf.scalar(1);
    for (const options of [
      { order: 4 as 1 },
      { directions: 0 },
      { steps: 3 },
      { largestStep: 0 },
      { tolerance: 2 },
    ])
      await expect(checkDerivatives((v) => v, x, options)).rejects.toMatchObject({ code: 'bad-option' });
    await expect(checkDerivatives((v) => v, tf.scalar(1, 'int32'))).rejects.toMatchObject({
      code: 'not-a-float-tensor',
    });
  });
});
