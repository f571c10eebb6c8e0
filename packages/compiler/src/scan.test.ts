import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  computesOnHost,
  foldIn,
  installRepairs,
  key,
  splitSequence,
  useBackend,
  type Key,
} from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { compile, scan } from './index.js';

type Pair = { a: tf.Tensor; b: tf.Tensor[] };

const running = (xs: tf.Tensor) =>
  scan(
    (sum: tf.Tensor, x: tf.Tensor) => {
      const next = tf.add(sum, x);
      return [next, { partial: next, seen: x }] as const;
    },
    tf.zeros(xs.shape.slice(1)),
    xs,
  );

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('carries, and stacks outputs in order', () => {
    tf.tidy(() => {
      const [total, { partial, seen }] = running(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]));
      expect([...total.dataSync()]).toEqual([9, 12]);
      expect(partial.shape).toEqual([3, 2]);
      expect([...partial.dataSync()]).toEqual([1, 2, 4, 6, 9, 12]);
      expect([...seen.dataSync()]).toEqual([1, 2, 3, 4, 5, 6]);
    });
  });

  it.each([0, 1, 2, 7])('leaves its inputs alone and leaks nothing outside of tidy, length %i', (length) => {
    const xs = tf.ones([length, 2]);
    const carry = { a: tf.zeros([2]), b: [tf.ones([2])] };
    const constant = tf.ones([2]);
    expectNoLeak(() =>
      scan(
        ({ a, b }: Pair, x: tf.Tensor): [Pair, Record<string, tf.Tensor>] => [
          { a: tf.add(a, x), b },
          { borrowed: constant, slice: x, carried: a, twice: b[0], made: tf.square(tf.neg(a)) },
        ],
        carry,
        xs,
      ),
    );
    tf.dispose([xs, carry, constant]);
  });

  it('hands over a carry that the caller may dispose leaf by leaf, whatever the step returned', () => {
    const start = [tf.scalar(1), tf.scalar(2)] as const;
    const constant = tf.scalar(5);
    const steps = [
      (c: readonly tf.Tensor[]) => [c[1], c[0]],
      (c: readonly tf.Tensor[]) => [c[0], c[0]],
      () => [constant, constant],
    ];
    for (const step of steps) {
      const [last] = scan((c: readonly tf.Tensor[]) => [step(c), null] as const, start, null, { length: 3 });
      last[0].dispose();
      expect(last[1].isDisposed).toBe(false);
      last[1].dispose();
      expect([...start, constant].some((t) => t.isDisposed)).toBe(false);
    }
    tf.dispose([...start, constant]);
  });

  it('frees as it goes', () => {
    const live: number[] = [];
    const start = tf.scalar(0.5);
    const [last] = scan(
      (c: tf.Tensor) => {
        live.push(tf.memory().numTensors);
        return [tf.sin(tf.exp(c)), null] as const;
      },
      start,
      null,
      { length: 50 },
    );
    expect(live).toHaveLength(50);
    expect(Math.max(...live)).toBe(live[1]);
    tf.dispose([start, last]);
  });

  it('runs as many steps as it is told, in one program for all numbers', () => {
    const counted = (xs: tf.Tensor, count: tf.Tensor) =>
      scan(
        ([sum, steps]: readonly tf.Tensor[], x: tf.Tensor) => {
          const next = tf.add(sum, tf.mul(x, steps));
          return [[next, tf.add(steps, 1)], { next, whole: tf.cast(steps, 'int32') }] as const;
        },
        [tf.zeros([2]), tf.scalar(1)],
        xs,
        { count },
      );
    tf.tidy(() => {
      const program = compile(counted);
      for (const length of [1, 4]) {
        const xs = tf.reshape(tf.range(1, 2 * length + 1), [length, 2]);
        for (const count of [0, 1, 3, 4, 9, -1]) {
          const steps = Math.max(0, Math.min(count, length));
          for (const run of [counted, program]) {
            const [[sum, after], { next, whole }] = run(xs, tf.scalar(count, 'int32'));
            let plain = [0, 0];
            const rows = Array.from({ length }, (_, t) => {
              if (t < steps) plain = plain.map((s, j) => s + (2 * t + j + 1) * (t + 1));
              return t < steps ? plain : [0, 0];
            });
            expect(next.arraySync()).toEqual(rows);
            expect(whole.arraySync()).toEqual(rows.map((_, t) => (t < steps ? t + 1 : 0)));
            expect(whole.dtype).toBe('int32');
            expect(sum.arraySync()).toEqual(plain);
            expect(after.arraySync()).toBe(1 + steps);
          }
        }
      }
      const compiled = { misses: 2, hits: 10, passThroughs: 0 };
      expect(program.statistics).toMatchObject(computesOnHost() ? compiled : { passThroughs: 12 });
      program.dispose();
    });
    const [xs, two] = [tf.ones([5, 2]), tf.scalar(2, 'int32')];
    expectNoLeak(() =>
      scan((c: tf.Tensor, x: tf.Tensor) => [tf.add(c, x), c] as const, xs, xs, { count: two }),
    );
    tf.dispose([xs, two]);
  });

  it('gives every step its own key', () => {
    const seen: Key[] = [];
    const xs = { k: splitSequence(key(3), 4), v: tf.ones([4]) };
    const start = tf.scalar(0);
    const [last] = scan(
      (c: tf.Tensor, x: { k: Key; v: tf.Tensor }) => {
        seen.push(x.k);
        return [tf.add(c, x.v), null] as const;
      },
      start,
      xs,
    );
    expect(last.dataSync()[0]).toBe(4);
    expect(new Set(seen.map((k) => JSON.stringify(foldIn(k, 1)))).size).toBe(4);
    tf.dispose([start, last, xs.v]);
  });

  it('is differentiable, also twice, for one step and for many', () => {
    installRepairs();
    for (const length of [1, 3])
      tf.tidy(() => {
        const xs = tf.fill([length, 2], 1.5);
        // product of all entries: x^(2 length)
        const f = (x: tf.Tensor) =>
          scan(
            (c: tf.Tensor, s: tf.Tensor) => {
              const next = tf.mul(c, s);
              return [next, next] as const;
            },
            tf.ones([2]),
            x,
          );
        const loss = (x: tf.Tensor) => tf.add(tf.sum(f(x)[0]), tf.sum(f(x)[1].slice([length - 1], [1])));
        const first = tf.grad(loss)(xs);
        const expected = 2 * 1.5 ** (length - 1);
        for (const v of first.dataSync()) expect(v).toBeCloseTo(expected, 5);
        if (length === 1) return; // linear: tf.grad throws for a zero second derivative
        const second = tf.grad((x) => tf.sum(tf.grad(loss)(x)))(xs);
        for (const v of second.dataSync()) expect(v).toBeCloseTo(2 * (length - 1) * 1.5 ** (length - 2), 4);
      });
  });

  it('frees under a gradient what the tape does not need', () => {
    const x = tf.scalar(0.5);
    expectNoLeak(() =>
      tf.grad((v) => scan((c: tf.Tensor) => [tf.sin(c), c] as const, v, null, { length: 20 })[0])(x),
    );
    x.dispose();
  });

  it('returns empty outputs of the right shape for length 0', () => {
    tf.tidy(() => {
      const [carry, { partial, seen }] = running(tf.zeros([0, 3]));
      expect(carry.shape).toEqual([3]);
      expect([partial.shape, seen.shape]).toEqual([
        [0, 3],
        [0, 3],
      ]);
    });
  });

  it('leaks nothing when the step throws', () => {
    const xs = tf.ones([4, 2]);
    const c = tf.zeros([2]);
    let t = 0;
    expectNoLeak(() => {
      expect(() =>
        scan(
          (a: tf.Tensor, x: tf.Tensor) => {
            if (t++ === 2) throw new Error('stop');
            return [tf.add(a, x), a] as const;
          },
          c,
          xs,
        ),
      ).toThrow('stop');
    });
    tf.dispose([xs, c]);
  });
});

describe('scan refuses', () => {
  const at = (f: () => unknown) => {
    try {
      tf.tidy(() => void f());
    } catch (error) {
      return error;
    }
    throw new Error('nothing was thrown');
  };
  const leafy = (): Pair => ({ a: tf.zeros([2]), b: [tf.ones([2])] });
  const carryTo = (change: (c: Pair) => unknown) =>
    at(() => scan((c: Pair) => [change(c) as Pair, null] as const, leafy(), null, { length: 2 }));

  it('a carry that changes shape, dtype or structure, by path', () => {
    expect(carryTo((c) => ({ ...c, b: [tf.zeros([3])] }))).toMatchObject({
      code: 'carry-changed',
      details: { path: 'b/0' },
    });
    expect(carryTo((c) => ({ ...c, a: tf.zeros([2], 'int32') }))).toMatchObject({ details: { path: 'a' } });
    expect(carryTo((c) => ({ ...c, b: [] }))).toMatchObject({ details: { path: 'b/0' } });
    expect(carryTo((c) => ({ ...c, z: tf.zeros([1]) }))).toMatchObject({ details: { path: 'z' } });
    expect(carryTo(() => 3)).toMatchObject({ code: 'not-a-tree' });
  });

  it('outputs that change from step to step', () => {
    let t = 0;
    expect(
      at(() => scan((c: tf.Tensor) => [c, tf.zeros([++t])] as const, tf.scalar(0), null, { length: 3 })),
    ).toMatchObject({ code: 'output-changed' });
  });

  it('inputs of different lengths, scalars, no length, a wrong length', () => {
    const run = (xs: unknown, length?: number) =>
      at(() =>
        scan(
          (c) => [c, null] as const,
          tf.scalar(0),
          xs as tf.Tensor,
          length === undefined ? {} : { length },
        ),
      );
    expect(run({ a: tf.zeros([3]), b: tf.zeros([2, 2]) })).toMatchObject({ code: 'length-mismatch' });
    expect(run({ a: tf.zeros([3]), b: splitSequence(key(0), 4) })).toMatchObject({ details: { path: 'b' } });
    expect(run(tf.zeros([3]), 4)).toMatchObject({ code: 'length-mismatch' });
    expect(run(tf.scalar(3))).toMatchObject({ code: 'no-leading-axis' });
    expect(run(null)).toMatchObject({ code: 'no-length' });
    expect(run(null, -1)).toMatchObject({ code: 'bad-length' });
    expect(run(null, 1.5)).toMatchObject({ code: 'bad-length' });
    const counted = (count: tf.Tensor) =>
      at(() => scan((c) => [c, null] as const, tf.scalar(0), null, { length: 2, count }));
    const wrong = [tf.scalar(1), tf.tensor1d([1], 'int32')];
    for (const count of wrong) expect(counted(count)).toMatchObject({ code: 'bad-scan-count' });
    tf.dispose(wrong);
  });
});
