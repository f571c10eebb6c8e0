import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { installRepairs, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { whileLoop } from './index.js';

interface Count {
  readonly [name: string]: tf.Tensor;
  readonly n: tf.Tensor;
  readonly total: tf.Tensor;
}

const sumBelow = (limit: tf.Tensor, maxIterations: number, earlyExit: boolean) =>
  whileLoop(
    ({ n }: Count) => tf.less(n, limit),
    ({ n, total }: Count) => ({ n: tf.add(n, 1), total: tf.add(total, n) }),
    { n: tf.scalar(0), total: tf.zeros([2]) },
    { maxIterations, earlyExit },
  );

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  describe.each([true, false])('earlyExit %s', (earlyExit) => {
    it.each([
      [0, 20, 0, 0],
      [5, 20, 5, 10],
      [5, 5, 5, 10],
      [5, 3, 3, 3],
      [5, 0, 0, 0],
    ])('counts to %i in at most %i', (limit, maxIterations, n, total) => {
      tf.tidy(() => {
        const last = sumBelow(tf.scalar(limit), maxIterations, earlyExit);
        expect(last.n.dataSync()[0]).toBe(n);
        expect([...last.total.dataSync()]).toEqual([total, total]);
      });
    });

    it('leaks nothing outside of tidy, and disposes no input', () => {
      const carry = [tf.scalar(0), tf.scalar(7)] as const;
      const limit = tf.scalar(4);
      for (const maxIterations of [0, 1, 6])
        expectNoLeak(() =>
          whileLoop(
            (c: readonly tf.Tensor[]) => tf.less(c[0], limit),
            (c: readonly tf.Tensor[]) => [tf.add(c[0], 1), c[1]],
            carry,
            { maxIterations, earlyExit },
          ),
        );
      expectNoLeak(() => {
        expect(() =>
          whileLoop(
            (c: tf.Tensor) => tf.less(c, limit),
            () => {
              throw new Error('stop');
            },
            carry[0],
            { maxIterations: 3, earlyExit },
          ),
        ).toThrow('stop');
      });
      tf.dispose([...carry, limit]);
    });

    it('accepts a condition that is a constant of its surroundings', () => {
      const forever = tf.scalar(1, 'bool');
      const start = tf.scalar(1);
      const last = whileLoop(
        () => forever,
        (c: tf.Tensor) => tf.mul(c, 2),
        start,
        { maxIterations: 10, earlyExit },
      );
      expect(last.dataSync()[0]).toBe(1024);
      expect(forever.isDisposed).toBe(false);
      tf.dispose([forever, start, last]);
    });

    it('is differentiable', () => {
      installRepairs();
      const x = tf.scalar(1.1);
      // squares until above 2: 1.1^8
      const f = (v: tf.Tensor) =>
        whileLoop(
          (c: tf.Tensor) => tf.less(c, 2),
          (c: tf.Tensor) => tf.square(c),
          v,
          { maxIterations: 5, earlyExit },
        );
      expectNoLeak(() => {
        const g = tf.grad(f)(x);
        expect(g.dataSync()[0]).toBeCloseTo(8 * 1.1 ** 7, 4);
        return g;
      });
      expectNoLeak(() => {
        const g = tf.grad((v) => tf.grad(f)(v))(x);
        expect(g.dataSync()[0]).toBeCloseTo(56 * 1.1 ** 6, 3);
        return g;
      });
      x.dispose();
    });
  });
});

describe('whileLoop refuses', () => {
  const code = (f: () => unknown) => {
    try {
      tf.tidy(() => void f());
    } catch (error) {
      return (error as { code: string }).code;
    }
    return 'nothing';
  };
  const loop = (holds: () => tf.Tensor, body: (c: tf.Tensor) => tf.Tensor, maxIterations = 2) =>
    code(() => whileLoop(holds, body, tf.zeros([2]), { maxIterations }));
  const yes = () => tf.scalar(1, 'bool');

  it('a changing carry, a condition that is no bool scalar, a wrong limit', () => {
    expect(loop(yes, () => tf.zeros([3]))).toBe('carry-changed');
    expect(loop(yes, (c) => tf.cast(c, 'int32'))).toBe('carry-changed');
    expect(
      loop(
        () => tf.scalar(1),
        (c) => c,
      ),
    ).toBe('bad-condition');
    expect(
      loop(
        () => tf.ones([1], 'bool'),
        (c) => c,
      ),
    ).toBe('bad-condition');
    expect(loop(yes, (c) => c, -1)).toBe('bad-max-iterations');
    expect(loop(yes, (c) => c, NaN)).toBe('bad-max-iterations');
    expect(loop(yes, (c) => c, 2)).toBe('nothing');
  });
});
