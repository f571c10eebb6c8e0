import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { installRepairs, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { grad, linearize } from '../index.js';

const silu = (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x));
const kernels = async (f: () => void) => {
  const profile = await tf.profile(() => {
    f();
    return tf.tensor([]);
  });
  tf.dispose(profile.result);
  return profile.kernels.map(({ name }) => name);
};

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('keeps saved values when the originals are disposed, inside f and after', () => {
    const x = tf.tensor1d([1, 2]);
    expectNoLeak(() => {
      const { value, vjp, dispose } = linearize((q) => {
        const s = tf.exp(q);
        const y = tf.mul(s, q);
        s.dispose();
        return y;
      }, x);
      value.dispose();
      // fill freed memory with something else
      const other = tf.fill([2], 1e9);
      const v = tf.ones([2]);
      const product = vjp(v);
      dispose();
      product.dataSync().forEach((p, i) => expect(p).toBeCloseTo(Math.exp(i + 1) * (i + 2), 3));
      return [other, product, v];
    });
    x.dispose();
  });

  it('lets gradients of tf.customGrad that is called in f read their arguments, to any order', () => {
    // value x³, gradient from the argument itself, of an intermediate result that a tidy has freed by then
    const cube = () =>
      tf.customGrad<tf.Tensor>((...args) => {
        const [x] = args as unknown as [tf.Tensor];
        const gradFunc = (dy: tf.Tensor) => tf.mul(dy, tf.mul(3, tf.square(x)));
        return { value: tf.mul(x, tf.square(x)), gradFunc };
      });
    const same = () =>
      tf.customGrad<tf.Tensor>((...args) => {
        const [x] = args as unknown as [tf.Tensor];
        return { value: x, gradFunc: (dy: tf.Tensor) => dy };
      });
    const f = (q: tf.Tensor) => tf.tidy(() => tf.sum(same()(cube()(tf.mul(same()(q), 2)))));
    const x = tf.scalar(0.5);
    const expected = [12 * 0.5 ** 2 * 2, 48 * 0.5, 48];
    let g = f;
    for (const value of expected) {
      g = grad(g);
      expectNoLeak(() => {
        const result = g(x);
        expect(result.dataSync()[0]).toBeCloseTo(value, 4);
        return result;
      });
    }
    expectNoLeak(() => {
      const result = grad((q: tf.Tensor) => tf.sum(tf.logSigmoid(tf.sin(q))))(x);
      expect(result.dataSync()[0]).toBeCloseTo(Math.cos(0.5) / (1 + Math.exp(Math.sin(0.5))), 5);
      return result;
    });
    x.dispose();
  });

  it('copies no saved tensor', async () => {
    const x = tf.ones([4, 3]);
    const names = await kernels(() => {
      grad((q: tf.Tensor) => tf.sum(silu(silu(q))))(x).dispose();
    });
    // one clone of the argument
    expect(names.filter((name) => name === 'Identity')).toHaveLength(1);
    x.dispose();
  });

  it('takes few kernels for both products of a 2-8-8-8-1 network', async () => {
    const sizes = [2, 8, 8, 8, 1];
    const layers = sizes.slice(1).map((n, i) => ({ w: tf.ones([sizes[i], n]), b: tf.ones([n]) }));
    const f = (x: tf.Tensor) =>
      layers.reduce((h, { w, b }, i) => {
        const z = tf.add(tf.matMul(h, w), b);
        return i < 3 ? silu(z) : z;
      }, x);
    const [x, u, v] = [tf.ones([50, 2]), tf.ones([50, 2]), tf.ones([50, 1])];
    const count = await kernels(() =>
      tf.tidy(() => {
        const { jvp, vjp } = linearize(f, x);
        jvp(u);
        vjp(v);
      }),
    );
    expect(count.length).toBeLessThanOrEqual(115);
    tf.dispose([x, u, v, ...layers.flatMap(({ w, b }) => [w, b])]);
  });
});

describe('a tensor of another backend', () => {
  it('is moved as usual', async () => {
    await useBackend('cpu');
    const x = tf.tensor1d([1, 2]);
    const y = tf.tensor1d([3, 4]);
    await useBackend('wasm');
    installRepairs();
    const g = grad((q: tf.Tensor) => tf.sum(tf.mul(tf.square(q), y)))(x);
    const h = grad((q: tf.Tensor) => tf.sum(tf.mul(tf.square(q), y)))(x);
    expect([...g.dataSync()]).toEqual([6, 16]);
    expect([...h.dataSync()]).toEqual([6, 16]);
    expect([...y.dataSync()]).toEqual([3, 4]);
    tf.dispose([x, y, g, h]);
  });
});
