import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scan, whileLoop } from '@ebim/compiler';
import { key, normal, split, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import {
  grad,
  hvp,
  jacobian,
  jvp,
  linearize,
  safeNorm,
  squaredNorm,
  stopGradient,
  valueAndGrad,
  valueAndGradWithAux,
  vjp,
} from '../index.js';

const inner = (a: tf.Tensor, b: tf.Tensor) => tf.tidy(() => tf.sum(tf.mul(a, b)).dataSync()[0]);
const largest = (t: tf.Tensor) => tf.tidy(() => tf.max(tf.abs(t)).dataSync()[0]);
const relative = (a: tf.Tensor, b: tf.Tensor) => tf.tidy(() => largest(tf.sub(a, b)) / (largest(b) + 1e-6));

/** A random network [n] -> [k] with two hidden layers. */
const network = (seed: number, n: number, k: number, activation: (x: tf.Tensor) => tf.Tensor) => {
  const keys = split(key(seed), 3);
  const sizes = [n, 5, 4, k];
  const weights = keys.map((q, i) => normal(q, [sizes[i], sizes[i + 1]]));
  return (x: tf.Tensor) =>
    weights.reduce((h, w, i) => (i < 2 ? activation(tf.matMul(h, w)) : tf.matMul(h, w)), x);
};
const silu = (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x));
const activations = [silu, tf.tanh, tf.softplus, tf.elu] as ((x: tf.Tensor) => tf.Tensor)[];

const cases = fc.record({
  seed: fc.nat(10_000),
  n: fc.integer({ min: 1, max: 4 }),
  k: fc.integer({ min: 1, max: 4 }),
  batch: fc.integer({ min: 1, max: 3 }),
  activation: fc.constantFrom(...activations),
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('has adjoint products that agree with the Jacobian and with TensorFlow.js, and symmetric Hessians', () => {
    fc.assert(
      fc.property(cases, ({ seed, n, k, batch, activation }) =>
        tf.tidy(() => {
          const f = network(seed, n, k, activation);
          const [kx, ku, kv] = split(key(seed + 1), 3);
          const [x, u, v] = [normal(kx, [batch, n]), normal(ku, [batch, n]), normal(kv, [batch, k])];
          const lin = linearize(f, x);
          const scale = largest(lin.jvp(u)) * largest(v) + 1e-3;
          expect(Math.abs(inner(lin.jvp(u), v) - inner(u, lin.vjp(v))) / scale).toBeLessThan(1e-4);
          expect(relative(lin.vjp(v), tf.grad(f)(x, v))).toBeLessThan(1e-5);
          expect(relative(lin.value, f(x))).toBe(0);
          const J = jacobian(f)(x);
          expect(J.shape).toEqual([batch, k, n]);
          expect(relative(tf.squeeze(tf.matMul(J, tf.expandDims(u, 2)), [2]), lin.jvp(u))).toBeLessThan(1e-4);
          expect(relative(jvp(f, x, u).tangent, lin.jvp(u))).toBeLessThan(1e-6);
          expect(relative(vjp(f, x).vjp(v), lin.vjp(v))).toBeLessThan(1e-6);
          const energy = (q: tf.Tensor) => squaredNorm(f(q), 1);
          const w = normal(kv, [batch, n]);
          const [a, b] = [inner(hvp(energy, x, u), w), inner(hvp(energy, x, w), u)];
          expect(Math.abs(a - b) / (Math.abs(a) + largest(hvp(energy, x, u)) + 1e-3)).toBeLessThan(1e-3);
        }),
      ),
      { numRuns: 12, seed: 2 },
    );
  });

  it('has linear products', () => {
    tf.tidy(() => {
      const lin = linearize(network(1, 3, 2, silu), normal(key(2), [4, 3]));
      const [u, w] = [normal(key(3), [4, 3]), normal(key(4), [4, 3])];
      const combined = lin.jvp(tf.add(tf.mul(2, u), w));
      expect(relative(combined, tf.add(tf.mul(2, lin.jvp(u)), lin.jvp(w)))).toBeLessThan(1e-5);
      // the same product twice, with others in between
      expect(relative(lin.jvp(u), lin.jvp(u))).toBe(0);
    });
  });

  describe('mixed derivatives with respect to parameters', () => {
    // f(x; a) = a x³ in every entry: J u = 3 a x² u, and so on
    const cubic = (a: tf.Tensor) => (x: tf.Tensor) => tf.mul(a, tf.mul(x, tf.square(x)));
    const x = () => tf.tensor2d([1, 2, 3, -1], [2, 2]);
    const ways: Record<string, (a: tf.Tensor) => tf.Tensor> = {
      jvp: (a) => jvp(cubic(a), x(), tf.ones([2, 2])).tangent,
      vjp: (a) => vjp(cubic(a), x()).vjp(tf.ones([2, 2])),
      'linearize, jvp twice': (a) => {
        const lin = linearize(cubic(a), x());
        return tf.mul(0.5, tf.add(lin.jvp(tf.ones([2, 2])), lin.jvp(tf.ones([2, 2]))));
      },
      grad: (a) => grad((q: tf.Tensor) => tf.sum(cubic(a)(q)))(x()),
      'tf.grad': (a) => tf.grad((q) => tf.sum(cubic(a)(q)))(x()),
      'jvp of jvp': (a) =>
        tf.mul(
          x(),
          tf.mul(0.5, jvp((q) => jvp(cubic(a), q, tf.ones([2, 2])).tangent, x(), tf.ones([2, 2])).tangent),
        ),
    };
    it.each(Object.entries(ways))('through %s', (_, way) => {
      const a = tf.scalar(0.5);
      // Σ (3 a x²)² = 9 a² Σ x⁴ = 891 a²
      const loss = (p: tf.Tensor) => tf.sum(tf.square(way(p)));
      for (const outer of [grad, tf.grad] as ((f: typeof loss) => typeof loss)[]) {
        expectNoLeak(() => {
          const g = outer(loss)(a);
          expect(g.dataSync()[0]).toBeCloseTo(891, 2);
          return g;
        });
        expectNoLeak(() => {
          const h = outer((p) => outer(loss)(p))(a);
          expect(h.dataSync()[0]).toBeCloseTo(1782, 1);
          return h;
        });
      }
      a.dispose();
    });
  });

  it('differentiates a jvp in its tangent, and treats an outer linearization as a constant', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([1, 2]);
      const lin = linearize((q) => tf.square(q), x);
      const f = (u: tf.Tensor) => tf.sum(tf.square(lin.jvp(u))); // 4 x² u²
      expect([...grad(f)(tf.tensor1d([1, 1])).dataSync()]).toEqual([8, 32]);
      expect([...grad((q: tf.Tensor) => tf.sum(tf.mul(q, lin.vjp(q))))(x).dataSync()]).toEqual([4, 16]);
    });
  });

  it('works through loops', () => {
    tf.tidy(() => {
      const x = tf.scalar(1.1);
      const power = (q: tf.Tensor) =>
        scan((c: tf.Tensor) => [tf.mul(c, q), c] as const, tf.onesLike(q), null, { length: 3 })[0];
      expect(grad(power)(x).dataSync()[0]).toBeCloseTo(3.63, 4);
      expect(jvp(power, x, tf.scalar(2)).tangent.dataSync()[0]).toBeCloseTo(7.26, 4);
      expect(grad(grad(power))(x).dataSync()[0]).toBeCloseTo(6.6, 4);
      const squared = (q: tf.Tensor) =>
        whileLoop(
          (c) => tf.less(c, 2),
          (c: tf.Tensor) => tf.square(c),
          q,
          { maxIterations: 9 },
        );
      expect(grad(squared)(x).dataSync()[0]).toBeCloseTo(8 * 1.1 ** 7, 4);
      // a gradient in the body of a loop
      const descended = (start: tf.Tensor) =>
        scan(
          (c: tf.Tensor) => {
            const g = grad((q: tf.Tensor) => tf.sum(tf.square(q)))(c);
            return [tf.sub(c, tf.mul(0.25, g)), null] as const;
          },
          start,
          null,
          { length: 2 },
        )[0];
      expect(grad(descended)(x).dataSync()[0]).toBeCloseTo(0.25, 6);
    });
  });

  it('works inside of tf.customGrad', () => {
    const x = tf.tensor2d([1, 2], [1, 2]);
    const f = tf.customGrad((...args) => {
      const [q] = args as tf.Tensor[];
      return {
        value: tf.tidy(() => {
          const lin = linearize((y) => tf.square(y), q);
          return lin.jvp(lin.vjp(tf.onesLike(q)));
        }),
        gradFunc: (dy: tf.Tensor) => dy.clone(),
      };
    });
    expectNoLeak(() => {
      const { value, grad: g } = valueAndGrad((q: tf.Tensor) => tf.sum(f(q)))(x);
      expect(value.dataSync()[0]).toBe(20);
      return [value, g];
    });
    x.dispose();
  });

  it('leaks nothing: outside of tidy, in a tidy, and when a function throws', () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const fail = () => {
      throw new Error('stop');
    };
    expectNoLeak(() => hvp((q) => tf.sum(tf.exp(q), 1), x, x));
    expectNoLeak(() => jacobian((q) => tf.exp(q))(x));
    expectNoLeak(() => jvp((q) => q, x, x));
    expectNoLeak(() => stopGradient({ a: x, b: [x] }));
    expectNoLeak(() => safeNorm(x, 1));
    expectNoLeak(() => {
      const { value, dispose, ...products } = linearize((q) => silu(q), x);
      const results = [products.jvp(x), products.vjp(x), products.jvp(x), value];
      dispose();
      return results;
    });
    expectNoLeak(() =>
      tf.tidy(() => {
        const { jvp: J } = linearize((q) => silu(q), x);
        return tf.tidy(() => J(tf.tidy(() => J(x))));
      }),
    );
    for (const bad of [
      (q: tf.Tensor) => tf.add(silu(q), fail()),
      (q: tf.Tensor) => {
        grad((y: tf.Tensor) => tf.sum(tf.add(silu(y), fail())))(q);
        return q;
      },
    ]) {
      expectNoLeak(() => {
        expect(() => grad((q: tf.Tensor) => tf.sum(bad(q)))(x)).toThrow('stop');
      });
      expectNoLeak(() => {
        expect(() => tf.tidy(() => linearize(bad, x).value)).toThrow('stop');
      });
    }
    // the engine is as before
    expectNoLeak(() => tf.grad((q) => tf.sum(silu(q)))(x));
    x.dispose();
  });

  it('returns what the caller may dispose, whatever the function returns', () => {
    const x = tf.tensor1d([1, 2]);
    const constant = tf.scalar(3);
    expectNoLeak(() => jvp((q) => q, x, x));
    expectNoLeak(() => valueAndGrad(() => constant)(x));
    expectNoLeak(() => {
      const { value, dispose } = linearize(() => x, x);
      dispose();
      return value;
    });
    expectNoLeak(() => {
      const both = grad(([a, b]: tf.Tensor[]) => tf.sum(tf.add(a, b)))([x, x]);
      both[0].dispose();
      expect([...both[1].dataSync()]).toEqual([1, 1]);
      return both;
    });
    tf.dispose([x, constant]);
  });

  describe('safeNorm', () => {
    it('has the derivatives of the norm, and zeros at 0', () => {
      tf.tidy(() => {
        const x = tf.tensor2d([3, 4, 0, 0], [2, 2]);
        const f = (q: tf.Tensor) => tf.sum(safeNorm(q, 1));
        expect([...safeNorm(x, 1).dataSync()]).toEqual([5, 0]);
        expect(safeNorm(x, 1, true).shape).toEqual([2, 1]);
        const close = (t: tf.Tensor, expected: number[]) =>
          t.dataSync().forEach((v, i) => expect(v).toBeCloseTo(expected[i], 5));
        close(grad(f)(x), [0.6, 0.8, 0, 0]);
        // (I - n nᵀ) / |x|
        close(hvp(f, x, tf.ones([2, 2])), [(1 - 0.6 * 1.4) / 5, (1 - 0.8 * 1.4) / 5, 0, 0]);
        const third = grad((q: tf.Tensor) => tf.sum(hvp(f, q, tf.ones([2, 2]))))(x);
        third.dataSync().forEach((v) => expect(Number.isFinite(v)).toBe(true));
      });
    });
  });
});

describe('refuses', () => {
  const code = (f: () => unknown) => {
    try {
      tf.tidy(() => void f());
    } catch (error) {
      return (error as { code?: string }).code;
    }
    return 'nothing';
  };
  it('losses that are no scalars, leaves that are no float tensors, products of other shapes', () => {
    const f = (q: tf.Tensor) => tf.square(q);
    const x = () => tf.tensor1d([1, 2]);
    expect(code(() => grad(f)(x()))).toBe('loss-not-scalar');
    expect(code(() => grad(() => 3 as unknown as tf.Tensor)(x()))).toBe('loss-not-scalar');
    expect(code(() => grad((q: tf.Tensor) => tf.sum(q).toInt())(x()))).toBe('loss-not-scalar');
    expect(code(() => grad((q: tf.Tensor[]) => tf.sum(q[0]))([x().toInt()]))).toBe('not-a-float-tensor');
    expect(code(() => grad(() => tf.scalar(1))([{ a: 1 }] as never))).toBe('not-a-tree');
    expect(code(() => valueAndGradWithAux(() => ({ loss: tf.scalar(1), aux: 4 as never }))(x()))).toBe(
      'not-a-tree',
    );
    expect(code(() => linearize(f, 3 as unknown as tf.Tensor))).toBe('not-a-float-tensor');
    expect(code(() => linearize(() => 3 as unknown as tf.Tensor, x()))).toBe('not-a-float-tensor');
    expect(code(() => linearize(f, x()).jvp(tf.ones([3])))).toBe('shape-mismatch');
    expect(code(() => linearize(f, x()).vjp(tf.ones([1, 2])))).toBe('shape-mismatch');
    expect(code(() => hvp(f, x(), tf.ones([3])))).toBe('shape-mismatch');
    expect(code(() => jacobian((q) => tf.sum(q))(x()))).toBe('not-batched');
    expect(code(() => jacobian((q) => tf.concat([q, q]))(x()))).toBe('not-batched');
  });

  it('operations without a gradient, by name', () => {
    const lost = (q: tf.Tensor) =>
      tf.sum(tf.image.cropAndResize(q as tf.Tensor4D, [[0, 0, 1, 1]], [0], [2, 2]));
    expect(code(() => grad(lost)(tf.ones([1, 4, 4, 1])))).toBe('no-gradient');
  });
});
