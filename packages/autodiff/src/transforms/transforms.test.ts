import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { grad, hvp, jacobian, jvp, linearize, stopGradient, valueAndGradWithAux, vjp } from '../index.js';

const close = (actual: tf.Tensor, expected: number[], digits = 4) =>
  [...actual.dataSync()].forEach((v, i) => expect(v).toBeCloseTo(expected[i], digits));

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  describe('grad', () => {
    it('differentiates to the fourth order', () => {
      tf.tidy(() => {
        const x = tf.scalar(0.7);
        const f = (v: tf.Tensor) => tf.mul(tf.sigmoid(v), tf.exp(tf.tanh(v)));
        const s = (v: number) => Math.exp(Math.tanh(v)) / (1 + Math.exp(-v));
        let g = f;
        for (let order = 1; order <= 4; order++) {
          g = grad(g);
          // Richardson on central differences in float64
          const d = (h: number): number => {
            let sum = 0;
            let c = 1;
            for (let i = 0; i <= order; i++) {
              sum += (i % 2 === 0 ? c : -c) * s(0.7 + (order / 2 - i) * h);
              c = (c * (order - i)) / (i + 1);
            }
            return sum / h ** order;
          };
          const exact = (4 * d(0.01) - d(0.02)) / 3;
          expect(g(x).dataSync()[0] / exact).toBeCloseTo(1, 3);
        }
      });
    });

    it('gives the tree of the parameters, with zeros where there is no dependence', () => {
      tf.tidy(() => {
        const params = { used: [tf.tensor1d([1, 2])], unused: tf.ones([2, 3]) };
        const g = grad((p: typeof params, factor: number) => tf.sum(tf.mul(factor, tf.square(p.used[0]))))(
          params,
          3,
        );
        close(g.used[0], [6, 12]);
        expect(g.unused.shape).toEqual([2, 3]);
        close(g.unused, [0, 0, 0, 0, 0, 0]);
      });
    });
  });

  it('linearizes at one evaluation', () => {
    tf.tidy(() => {
      let calls = 0;
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const {
        value,
        jvp: J,
        vjp: Jt,
      } = linearize((v) => {
        calls++;
        return tf.sum(tf.mul(v, tf.square(v)), 1, true);
      }, x);
      close(value, [9, 91]);
      close(J(tf.tensor2d([1, 0, 1, 1], [2, 2])), [3, 75]);
      close(J(tf.tensor2d([0, 1, 1, 0], [2, 2])), [12, 27]);
      close(Jt(tf.tensor2d([1, 2], [2, 1])), [3, 12, 54, 96]);
      expect(calls).toBe(1);
    });
  });

  it('differentiates through a linearization', () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const loss = (v: tf.Tensor) => {
      const { jvp: J, vjp: Jt } = linearize((w) => tf.sum(tf.mul(w, tf.square(w)), 1, true), v);
      // |J|² = 9 Σ x⁴
      return tf.sum(J(Jt(tf.onesLike(v).slice([0, 0], [2, 1]))));
    };
    expectNoLeak(() => {
      const g = grad(loss)(x);
      close(g, [36, 288, 972, 2304], 2);
      return g;
    });
    expectNoLeak(() => {
      const h = hvp(loss, x, x);
      close(h, [108, 864, 2916, 6912], 2);
      return h;
    });
    x.dispose();
  });

  it('gives jacobians in either mode, and products', () => {
    tf.tidy(() => {
      const A = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
      const x = tf.tensor2d([1, 2], [1, 2]);
      const wide = jacobian((v) => tf.matMul(tf.square(v), A))(x);
      expect(wide.shape).toEqual([1, 3, 2]);
      close(wide, [2, 16, 4, 20, 6, 24]);
      const y = tf.tensor2d([1, 2, 3], [1, 3]);
      const tall = jacobian((v) => tf.matMul(tf.square(v), A, false, true))(y);
      expect(tall.shape).toEqual([1, 2, 3]);
      close(tall, [2, 8, 18, 8, 20, 36]);
      close(jvp((v) => tf.matMul(v, A), x, tf.ones([1, 2])).tangent, [5, 7, 9]);
      close(vjp((v) => tf.matMul(v, A), x).vjp(tf.ones([1, 3])), [6, 15]);
    });
  });

  it('does not mix up an argument and the same tensor in a closure', () => {
    tf.tidy(() => {
      const x = tf.scalar(3);
      close(grad((y: tf.Tensor) => tf.mul(x, y))(x), [3]);
      close(grad((z: tf.Tensor) => grad((y: tf.Tensor) => tf.mul(tf.square(z), y))(z))(x), [6]);
    });
  });

  it('stops gradients of every order', () => {
    tf.tidy(() => {
      const x = tf.scalar(3);
      const f = (v: tf.Tensor) => tf.mul(stopGradient(tf.square(v)), v);
      close(grad(f)(x), [9]);
      close(grad(grad(f))(x), [0]);
    });
  });

  it('hands over value, aux and gradient as tensors of their own', () => {
    const p = [tf.ones([2]), tf.ones([2])];
    const batch = tf.ones([2]);
    expectNoLeak(() => {
      const {
        value,
        aux,
        grad: g,
      } = valueAndGradWithAux((q: tf.Tensor[]) => {
        const loss = tf.sum(tf.add(q[0], q[1]));
        return { loss, aux: { loss, batch, q: q[0] } };
      })(p);
      value.dispose();
      expect(aux.loss.isDisposed).toBe(false);
      return [aux, g];
    });
    tf.dispose([p, batch]);
  });
});
