import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  foldIn,
  key,
  normal,
  permutation,
  randint,
  split,
  splitSequence,
  uniform,
  useBackend,
  type Key,
  type KeySequence,
} from '@ebim/runtime';
import { expectNoLeak, HOST_TEST_BACKENDS, installLeakGuard, useTestBackends } from '@ebim/testing';
import { compile, explain, scan, whileLoop } from '../index.js';
import {
  argumentsOf,
  derivativeOf,
  eagerly,
  functionOf,
  recipes,
  relativeError,
} from '../test-support/random-functions.js';

const read = (t: tf.Tensor): number[] => [...t.dataSync()];

/** The code of the error that `f` throws, and the line that it names. */
function failure(f: () => unknown): { code: string; message: string } {
  try {
    f();
  } catch (error) {
    return error as { code: string; message: string };
  }
  return { code: 'none', message: '' };
}

useTestBackends(HOST_TEST_BACKENDS, useBackend, () => {
  describe('compile', () => {
    installLeakGuard();

    it('computes what the function computes, and again with other values', () => {
      const f = compile((a: tf.Tensor, { b }: { b: tf.Tensor }) => ({
        sum: tf.add(a, b),
        rows: [tf.mul(a, b)],
      }));
      for (const offset of [0, 1, 2]) {
        const [a, b] = [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor1d([offset, 5])];
        const { sum, rows } = f(a, { b });
        expect([read(sum), read(rows[0])]).toEqual([
          [1 + offset, 7, 3 + offset, 9],
          [offset, 10, 3 * offset, 20],
        ]);
        tf.dispose([a, b, sum, rows[0]]);
      }
      expect(f.statistics).toMatchObject({ hits: 2, misses: 1, passThroughs: 0, programs: 1 });
    });

    it('gives its caller tensors of its own, whatever the function returns', () => {
      const constant = tf.tensor1d([7, 8]);
      const f = compile((x: tf.Tensor) => {
        const y = tf.sin(x);
        return { same: x, copy: x.clone(), twice: [y, y], constant, made: tf.scalar(3), none: null, n: 5 };
      });
      const x = tf.tensor1d([1, 2]);
      for (let i = 0; i < 3; i++) {
        const result = f(x);
        expect(result).toMatchObject({ none: null, n: 5 });
        expect(read(result.constant)).toEqual([7, 8]);
        expect(read(result.made)).toEqual([3]);
        expect(read(result.same)).toEqual([1, 2]);
        result.twice[0].dispose();
        expect(read(result.twice[1])[0]).toBeCloseTo(Math.sin(1), 5);
        tf.dispose(result as unknown as tf.TensorContainer);
        expect([x.isDisposed, constant.isDisposed]).toEqual([false, false]);
      }
      expectNoLeak(() => f(x));
      expectNoLeak(() => tf.tidy(() => f(x).copy));
      tf.dispose([x, constant]);
    });

    it('keeps no tensor of a call alive, and does not see later changes of what it returned', () => {
      const f = compile((x: tf.Tensor) => tf.mul(x, 2));
      const [x, z] = [tf.tensor1d([1, 2]), tf.tensor1d([5, 5])];
      const first = f(x);
      const second = f(z);
      expect([read(first), read(second)]).toEqual([
        [2, 4],
        [10, 10],
      ]);
      tf.dispose([x, z, first, second]);
    });

    it('takes its own results back, in other shapes and types too, but not disposed ones', () => {
      const f = compile((x: tf.Tensor) => [
        tf.add(tf.cast(x, 'float32'), 1),
        tf.cast(tf.greater(tf.cast(x, 'float32'), 1), 'int32'),
      ]);
      tf.tidy(() => {
        const [a] = f(tf.tensor1d([0, 1, 2, 3]));
        const [b, c] = f(tf.reshape(a, [2, 2]));
        expect([b.shape, ...read(b), ...read(c)]).toEqual([[2, 2], 2, 3, 4, 5, 0, 1, 1, 1]);
        expect(f(tf.cast(c, 'bool')).map(read)).toEqual([
          [1, 2, 2, 2],
          [0, 0, 0, 0],
        ]);
        a.dispose();
        expect(() => f(a)).toThrow(/disposed/);
      });
    });

    it('compiles for every shape, dtype, structure and plain argument', () => {
      const f = compile(
        (x: tf.Tensor, options: { scale: number; name?: string; g?: (t: tf.Tensor) => tf.Tensor }) =>
          (options.g ?? tf.neg)(tf.mul(tf.cast(x, 'float32'), options.scale)),
      );
      const expectLast = (
        x: tf.Tensor,
        options: Parameters<typeof f>[1],
        expected: number,
        misses: number,
      ) => {
        const y = f(x, options);
        expect(read(y).pop()).toBe(expected);
        expect(f.statistics.misses).toBe(misses);
        tf.dispose([x, y]);
      };
      expectLast(tf.tensor1d([1, 2]), { scale: 2 }, -4, 1);
      expectLast(tf.tensor1d([1, 3]), { scale: 2 }, -6, 1);
      expectLast(tf.tensor1d([1, 3]), { scale: 3 }, -9, 2);
      expectLast(tf.tensor1d([1, 2, 3]), { scale: 3 }, -9, 3);
      expectLast(tf.tensor1d([1, 2, 3], 'int32'), { scale: 3 }, -9, 4);
      expectLast(tf.tensor2d([[1, 2, 3]]), { scale: 3 }, -9, 5);
      expectLast(tf.tensor1d([1, 2]), { scale: 3, name: 'a' }, -6, 6);
      expectLast(tf.tensor1d([1, 2]), { scale: 3, name: 'b' }, -6, 7);
      expectLast(tf.tensor1d([1, 2]), { scale: 3, g: tf.square }, 36, 8);
      expectLast(tf.tensor1d([1, 2]), { scale: 3, g: tf.neg }, -6, 9);
      expectLast(tf.tensor1d([0, 1], 'bool'), { scale: -0 }, 0, 10);
      expect(f.statistics.hits).toBe(1);
    });

    it('does not mind the order of names', () => {
      const f = compile((o: Record<'a' | 'b', tf.Tensor>) => tf.sub(o.a, o.b));
      const [a, b] = [tf.scalar(5), tf.scalar(3)];
      for (const o of [
        { a, b },
        { b, a },
        { b, a },
        { a, b },
      ])
        tf.tidy(() => {
          expect(read(f(o))).toEqual([2]);
        });
      expect(f.statistics.misses).toBe(1);
      tf.dispose([a, b]);
    });

    it('tells apart arguments that look alike', () => {
      const shape = (x: unknown): string =>
        x instanceof tf.Tensor ? 't' : Array.isArray(x) ? 'a' : typeof x;
      const f = compile((x: unknown) => shape(x), { cacheSize: 50 });
      const t = tf.zeros([2]);
      const same = [
        t,
        [t],
        { 0: t },
        'float32[2]',
        null,
        undefined,
        'null',
        'undefined',
        [],
        {},
        [[]],
        0,
        '0',
        NaN,
      ];
      for (const x of same) expect(f(x)).toBe(shape(x));
      expect(f.statistics.misses).toBe(same.length);
      // every one after every other
      for (const x of same)
        for (const y of same) {
          f(x);
          expect(f(y)).toBe(shape(y));
        }
      expect(f.statistics.misses).toBe(same.length);
      t.dispose();
    });

    it('bounds what it keeps, dropping what was not used for longest', () => {
      const f = compile((x: tf.Tensor) => tf.square(x), { cacheSize: 2 });
      const run = (size: number) =>
        tf.tidy(() => {
          expect(read(f(tf.ones([size])))).toEqual(Array(size).fill(1));
        });
      [1, 2, 1, 3, 1].forEach(run);
      expect(f.statistics).toEqual({
        hits: 2,
        misses: 3,
        evictions: 1,
        passThroughs: 0,
        programs: 2,
        refusals: [],
      });
      run(2);
      expect(f.statistics).toMatchObject({ misses: 4, evictions: 2 });
      f.dispose();
      expect(f.statistics.programs).toBe(0);
      run(1);
      expect(f.statistics).toMatchObject({ misses: 5, programs: 1 });
    });

    it('is the function itself under a gradient and inside another compiled function', () => {
      const cube = compile((x: tf.Tensor) => tf.mul(x, tf.square(x)));
      const x = tf.tensor1d([2, 3]);
      tf.tidy(() => {
        expect(read(tf.grad(cube)(x))).toEqual([12, 27]);
      });
      expect(cube.statistics).toMatchObject({ passThroughs: 1, misses: 0 });
      const outer = compile((y: tf.Tensor) => tf.grad((z: tf.Tensor) => tf.sum(cube(z)))(cube(y)));
      tf.tidy(() => {
        expect(read(outer(x))).toEqual([3 * 64, 3 * 27 * 27]);
      });
      expect(cube.statistics).toMatchObject({ passThroughs: 3, misses: 0 });
      x.dispose();
    });

    it('passes keys in and out, and draws the same numbers', () => {
      const zeros = tf.zeros([3]);
      const f = (k: Key, ks: KeySequence) => {
        const [a, b, c] = split(k, 3);
        const total = scan(
          (sum: tf.Tensor, stepKey: Key) =>
            [tf.add(sum, normal(stepKey, [3])), uniform(foldIn(stepKey, 7), [2])] as const,
          zeros,
          ks,
        );
        return {
          next: foldIn(a, 2 ** 40 + 3),
          rest: splitSequence(b, 3),
          drawn: [randint(c, [5], -3, 99), permutation(c, 6), normal(key(4), [2]), ...total],
        };
      };
      const compiled = compile(f);
      for (const seed of [0, 1, 2 ** 33]) {
        const [k, ks] = [key(seed), splitSequence(key(seed + 5), 4)];
        const [expected, got] = [f(k, ks), compiled(k, ks)];
        expect(got.next).toEqual(expected.next);
        expect(got.rest).toEqual(expected.rest);
        got.drawn.forEach((t, i) => {
          expect(t.dtype).toBe(expected.drawn[i].dtype);
          const error = relativeError(t.dataSync(), expected.drawn[i].dataSync());
          if (t.dtype === 'int32') expect(error).toBe(0);
          else expect(error).toBeLessThan(1e-6);
        });
        tf.dispose([expected.drawn, got.drawn]);
      }
      expect(compiled.statistics).toMatchObject({ misses: 1, hits: 2 });
      zeros.dispose();
    });

    it('stops loops when their condition says so', () => {
      const f = compile((x: tf.Tensor) =>
        whileLoop(
          ({ value }) => tf.less(value, 100),
          ({ value, count }) => ({ value: tf.mul(value, 2), count: tf.add(count, tf.scalar(1, 'int32')) }),
          { value: x, count: tf.zeros([], 'int32') },
          { maxIterations: 50 },
        ),
      );
      for (const [start, value, count] of [
        [1, 128, 7],
        [60, 120, 1],
        [500, 500, 0],
        [0, 0, 50],
      ])
        tf.tidy(() => {
          const end = f(tf.scalar(start));
          expect([read(end.value), read(end.count), end.count.dtype]).toEqual([[value], [count], 'int32']);
        });
    });

    it('takes and gives bools and integers', () => {
      const f = compile((m: tf.Tensor, i: tf.Tensor) => [
        tf.logicalNot(m),
        tf.where(m, i, tf.mul(i, tf.scalar(-1, 'int32'))),
        tf.any(m),
        tf.cast(m, 'float32'),
        tf.argMax(tf.cast(i, 'float32')),
      ]);
      const [m, i] = [tf.tensor1d([true, false, true], 'bool'), tf.tensor1d([1, -2, 7], 'int32')];
      const results = f(m, i);
      expect(results.map((t) => [t.dtype, ...read(t)])).toEqual([
        ['bool', 0, 1, 0],
        ['int32', 1, 2, 7],
        ['bool', 1],
        ['float32', 1, 0, 1],
        ['int32', 2],
      ]);
      expect(results[0].dataSync()).toBeInstanceOf(Uint8Array);
      tf.dispose([m, i, results]);
    });

    it('runs kernels that have no code as islands', () => {
      const f = (x: tf.Tensor) =>
        tf.tidy(() => tf.mul(tf.image.resizeBilinear(tf.reshape<tf.Rank.R4>(x, [1, 2, 2, 1]), [3, 3]), 2));
      const x = tf.tensor1d([1, 2, 3, 4]);
      const [got, expected] = [compile(f)(x), f(x)];
      expect(relativeError(got.dataSync(), expected.dataSync())).toBeLessThan(1e-6);
      expect(explain(f, x).islands).toEqual(['ResizeBilinear']);
      tf.dispose([x, got, expected]);
    });
  });
});

// The functions of the wasm backend are wrong in the sixth digit (its sine), so that only cpu is a measure.
describe('property: a compiled function is the function', () => {
  beforeAll(() => useBackend('cpu'));
  // A thousand functions in all.
  it.each([0, 1, 2, 3])('derivatives of order %i', (order) => {
    fc.assert(
      fc.property(recipes(order > 1 ? 5 : 10), (recipe) => {
        const f = derivativeOf(functionOf(recipe), order);
        const compiled = compile((...inputs: tf.Tensor[]) => f(inputs));
        tf.tidy(() => {
          const inputs = argumentsOf(recipe);
          const expected = eagerly(() => f(inputs));
          const got = compiled(...inputs);
          expect([got.dtype, got.shape]).toEqual([expected.dtype, expected.shape]);
          // The sine of a large number is noise.
          fc.pre(order < 2 || Math.max(0, ...expected.dataSync().map(Math.abs)) < 1000);
          // Derivatives are small differences of larger terms.
          const size = [0.01, 0.1, 2, 5][order];
          expect(relativeError(got.dataSync(), expected.dataSync(), size)).toBeLessThan(2e-5);
        });
        compiled.dispose();
      }),
      // Always the same: that a difference of rounding is amplified once in a million is no fault.
      { numRuns: [500, 260, 140, 100][order], seed: 1 },
    );
  });

  it('with loops around it, one in the other', () => {
    const shape = fc.array(fc.constantFrom(1, 2, 3), { maxLength: 2 });
    fc.assert(
      fc.property(
        recipes(6),
        shape,
        fc.integer({ min: 1, max: 4 }),
        fc.nat(6),
        (recipe, size, length, limit) => {
          const f = functionOf(recipe);
          const run = (k: Key, carry: tf.Tensor, ...inputs: tf.Tensor[]) =>
            tf.tidy(() => {
              const squash = (x: tf.Tensor, y: tf.Tensor) => tf.tanh(tf.add(x, tf.tanh(tf.sum(y))));
              const [first, ...rest] = inputs;
              const [last, seen] = scan(
                (c: tf.Tensor, x: { t: tf.Tensor; stepKey: Key }) => {
                  const noisy = tf.add(first, tf.mul(x.t, 0.1));
                  const moved = squash(c, f([noisy, ...rest]));
                  const settled = whileLoop(
                    ({ n }: Record<'n' | 'c', tf.Tensor>) => tf.less(n, limit),
                    ({ n, c: inner }) => ({
                      n: tf.add(n, 1),
                      c: squash(inner, f([tf.mul(noisy, n), ...rest])),
                    }),
                    { n: tf.zeros([]), c: moved },
                    { maxIterations: 4 },
                  );
                  return [tf.add(settled.c, tf.mul(0.01, normal(x.stepKey, size))), moved] as const;
                },
                carry,
                { t: tf.range(0, length), stepKey: splitSequence(k, length) },
              );
              return [last, seen];
            });
          const compiled = compile(run);
          tf.tidy(() => {
            const inputs = argumentsOf(recipe);
            const args = [key(recipe.seed), tf.fill(size, 0.3), ...inputs] as const;
            const [expected, got] = [run(...args), compiled(...args)];
            got.forEach((t, i) => {
              expect(t.shape).toEqual(expected[i].shape);
              // Iterating can make a difference grow.
              expect(relativeError(t.dataSync(), expected[i].dataSync())).toBeLessThan(1e-3);
            });
          });
          expect(compiled.statistics.misses).toBe(1);
          compiled.dispose();
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('what cannot be compiled', () => {
  beforeAll(() => useBackend('cpu'));
  const x = () => tf.tensor1d([1, 2]);
  const compiling = (f: (t: tf.Tensor) => unknown) => failure(() => tf.tidy(() => void compile(f)(x())));

  it.each<[string, (t: tf.Tensor) => unknown]>([
    ['reads-data', (t) => tf.mul(t, tf.sum(t).dataSync()[0])],
    ['reads-data', (t) => (tf.sum(t).arraySync() === 0 ? t : tf.neg(t))],
    ['async-function', async (t) => tf.mul(t, (await tf.sum(t).data())[0])],
    ['async-function', (t) => Promise.resolve(t)],
    ['reads-data', (t) => (t.dataSync()[0] > 0 ? t : tf.neg(t))],
    ['reads-data', (t) => tf.grad((y: tf.Tensor) => tf.mul(y, tf.sum(y).dataSync()[0]))(t)],
    [
      'reads-data',
      (t) => scan((c: tf.Tensor) => [tf.mul(c, c.dataSync()[0]), null] as const, t, null, { length: 2 })[0],
    ],
    ['impure-random', (t) => tf.add(t, tf.randomNormal([2]))],
    ['impure-random', (t) => tf.dropout(t, 0.5)],
    ['impure-random', (t) => tf.mul(t, Math.random())],
    ['data-dependent-shape', (t) => tf.unique(t).values],
    ['unsupported-dtype', (t) => tf.complex(t, t)],
    ['unsupported-dtype', (t) => [t, tf.tensor1d(['a', 'b'])]],
  ])('%s, with the line', (code, f) => {
    const error = compiling(f);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/compile\.test\.ts:\d+:\d+/);
    expect([tf.getBackend(), Math.random() < 1]).toEqual(['cpu', true]);
  });

  it('variables, read or assigned', () => {
    const v = tf.variable(tf.tensor1d([1, 2]), true, 'weights');
    expect(compiling((t) => tf.mul(t, v))).toMatchObject({ code: 'impure-capture' });
    expect(compiling((t) => tf.mul(t, v)).message).toMatch(
      /"weights".*compile\.test\.ts|compile\.test\.ts.*"weights"/,
    );
    expect(read(v)).toEqual([1, 2]);
    // as an argument it is a value
    const doubled = compile((t: tf.Tensor) => tf.mul(t, 2))(v);
    expect(read(doubled)).toEqual([2, 4]);
    tf.dispose([v, doubled]);
  });

  it('tensors of the surroundings that are gone by the next call', () => {
    let weights = tf.tensor1d([1, 2]);
    const f = compile((t: tf.Tensor) => tf.mul(t, weights));
    tf.tidy(() => {
      expect(read(f(x()))).toEqual([1, 4]);
    });
    weights.dispose();
    weights = tf.tensor1d([5, 6]);
    const error = failure(() => tf.tidy(() => void f(x())));
    expect(error.code).toBe('impure-capture');
    expect(error.message).toMatch(/compile\.test\.ts:\d+:\d+/);
    weights.dispose();
  });

  it('tensors that escaped from a call or from the body of a loop', () => {
    const kept: tf.Tensor[] = [];
    const f = compile((t: tf.Tensor) => {
      kept.push(tf.keep(tf.sin(t)));
      return tf.cos(t);
    });
    tf.tidy(() => void f(x()));
    expect(compiling((t) => tf.add(t, kept[0])).code).toBe('leaked-tensor');
    expect(
      compiling((t) => {
        let inner = t;
        scan((c: tf.Tensor) => [(inner = tf.keep(tf.add(c, 1))), null] as const, t, null, { length: 2 });
        return inner;
      }).code,
    ).toBe('leaked-tensor');
  });

  it('arguments and results that are no trees', () => {
    const f = compile((...args: unknown[]) => args[0] as never);
    for (const bad of [new Map(), new Date(), Float32Array.of(1), Symbol('s')])
      expect(failure(() => f(bad)).code).toBe('bad-argument');
    expect(compiling(() => new Map()).code).toBe('bad-result');
  });

  it('a wrong size of the cache', () => {
    for (const cacheSize of [0, -1, 1.5, NaN])
      expect(failure(() => compile(tf.neg, { cacheSize })).code).toBe('bad-option');
  });

  it('errors of the function pass through, and it can be called again', () => {
    let broken = true;
    const f = compile((t: tf.Tensor) => {
      if (broken) throw new RangeError('mine');
      return tf.neg(t);
    });
    expect(() => tf.tidy(() => f(x()))).toThrow('mine');
    broken = false;
    tf.tidy(() => {
      expect(read(f(x()))).toEqual([-1, -2]);
    });
    expect(f.statistics).toMatchObject({ misses: 2, programs: 1 });
  });

  it('calls the function itself if that is asked for', () => {
    const f = (t: tf.Tensor, n: number) => (n > 1 ? tf.mul(t, tf.sum(t).dataSync()[0]) : tf.neg(t));
    const compiled = compile(f, { fallback: true });
    const run = (n: number) => tf.tidy(() => read(compiled(x(), n)));
    expect([run(2), run(1), run(2), run(1)]).toEqual([
      [3, 6],
      [-1, -2],
      [3, 6],
      [-1, -2],
    ]);
    expect(compiled.statistics).toMatchObject({ passThroughs: 2, programs: 1, hits: 1 });
    expect(compiled.statistics.refusals.map(({ code }) => code)).toEqual(['reads-data']);
    const convolution = compile(
      (t: tf.Tensor) => tf.avgPool(tf.reshape<tf.Rank.R4>(t, [1, 2, 1, 1]), 1, 1, 'same'),
      {
        fallback: true,
      },
    );
    tf.tidy(() => {
      expect([read(convolution(x())), read(convolution(x()))]).toEqual([
        [1, 2],
        [1, 2],
      ]);
    });
    expect(convolution.statistics).toMatchObject({ passThroughs: 2, programs: 0, misses: 1 });
    expect(convolution.statistics.refusals.map(({ code }) => code)).toEqual(['slow-islands']);
    const broken = compile(
      () => {
        throw new RangeError('mine');
      },
      { fallback: true },
    );
    expect(() => broken()).toThrow('mine');
  });

  it('but constants of the function, and tensors from outside, can be read in it', () => {
    const outside = tf.scalar(3);
    const f = compile((t: tf.Tensor) => tf.mul(t, outside.dataSync()[0] + tf.scalar(4).dataSync()[0]));
    tf.tidy(() => {
      expect(read(f(x()))).toEqual([7, 14]);
    });
    outside.dispose();
  });
});

describe('explain', () => {
  beforeAll(() => useBackend('cpu'));

  it('tells operations, memory, work and time', () => {
    const [x, w] = [tf.ones([10, 4]), tf.ones([4, 5])];
    const e = explain((a: tf.Tensor, b: tf.Tensor) => tf.tanh(tf.mul(tf.matMul(a, b), 1)), x, w);
    expect(e.operations).toEqual({ before: 3, after: 2 });
    expect(e.flops).toBe(2 * 10 * 4 * 5 + 12 * 50);
    expect(e.islands).toEqual([]);
    expect(e.memory.data).toBeGreaterThanOrEqual(4 * (40 + 20));
    expect(e.memory.code).toBeGreaterThan(0);
    for (const part of ['BatchMatMul', 'Tanh', 'float32[10,4]', 'islands: none'])
      expect(e.text).toContain(part);
    expect(failure(() => explain(3 as never)).code).toBe('bad-argument');
    tf.dispose([x, w]);
  });

  it('counts the work of loops by their iterations', () => {
    const x = tf.ones([8]);
    const twenty = explain(
      (a: tf.Tensor) => scan((c: tf.Tensor) => [tf.add(c, a), null] as const, a, null, { length: 20 })[0],
      x,
    );
    expect(twenty.flops).toBe(160);
    x.dispose();
  });
});
