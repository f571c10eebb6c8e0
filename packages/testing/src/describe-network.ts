import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoLeak, installLeakGuard } from './leak-guard.js';
import { entriesOf, signatureOf, valuesOf, type Tree } from './trees.js';

/** The part of a network that the suite needs (`Network` of `@ebim/nn`). */
export interface NetworkUnderTest<K, P> {
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  init(key: K): P;
  apply(params: P, x: tf.Tensor): tf.Tensor;
}

/** Where a network is differentiated: a tree of all that it depends on. */
export type NetworkPoint<P> = { readonly params: P; readonly x: tf.Tensor };

/** Options of {@link describeNetwork}. */
export interface DescribeNetworkOptions<K, P> {
  readonly network: NetworkUnderTest<K, P>;
  /** The key of a seed. */
  readonly key: (seed: number) => K;
  /**
   * Throws (or rejects) if the derivatives of `f` at `x` up to second order are wrong, the mixed ones of parameters
   * and input too; e.g. `(f, x) => assertDerivatives(f, x, { order: 2 })`. Absent: not checked.
   */
  readonly checkDerivatives?: (f: (at: NetworkPoint<P>) => tf.Tensor, x: NetworkPoint<P>) => unknown;
  /** Allowed difference between a row alone and in a batch. Default 1e-5. */
  readonly tolerance?: number;
}

/**
 * What every network promises: shapes for any batch size, parameters that depend on the key alone, rows that do not
 * see each other, derivatives of first and second order in the input and in every parameter, no leaked tensors.
 */
export function describeNetwork<K, P extends Tree>(
  name: string,
  options: DescribeNetworkOptions<K, P>,
): void {
  const { network, key, checkDerivatives, tolerance = 1e-5 } = options;
  describe(name, () => {
    let params: P;
    beforeAll(() => {
      params = network.init(key(1));
      return () => tf.dispose(params as tf.TensorContainer);
    });
    installLeakGuard();

    const input = (batch: number): tf.Tensor => {
      const size = network.inputShape.reduce((product, n) => product * n, batch);
      const values = Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + 0.3));
      return tf.tensor(values, [batch, ...network.inputShape]);
    };

    it.each([0, 1, 2, 7])('maps a batch of %i', async (batch) => {
      const x = input(batch);
      const y = network.apply(params, x);
      expect(y.shape).toEqual([batch, ...network.outputShape]);
      expect(Array.from(await y.data()).every(Number.isFinite)).toBe(true);
      tf.dispose([x, y]);
    });

    it('initialises from the key alone', async () => {
      const [again, other] = [network.init(key(1)), network.init(key(2))];
      expect(signatureOf(other)).toEqual(signatureOf(params));
      expect(await valuesOf(again)).toEqual(await valuesOf(params));
      const [a, b] = [await valuesOf(other), await valuesOf(params)];
      for (const [path] of entriesOf(params)) expect(a[path], path).not.toEqual(b[path]);
      tf.dispose([again, other] as tf.TensorContainer);
    });

    it('gives a row the same output alone as in a batch', async () => {
      const x = input(5);
      const whole = network.apply(params, x);
      for (let i = 0; i < 5; i++) {
        const row = tf.slice(x, i, 1);
        const alone = network.apply(params, row);
        const same = tf.slice(whole, i, 1);
        const gap = Math.max(...(await absoluteDifference(alone, same)));
        expect(gap, `row ${i}`).toBeLessThanOrEqual(tolerance);
        tf.dispose([row, alone, same]);
      }
      tf.dispose([x, whole]);
    });

    it('leaks nothing and disposes no input', () => {
      const x = input(3);
      expectNoLeak(() => network.init(key(3)));
      expectNoLeak(() => network.apply(params, x));
      x.dispose();
    });

    if (!checkDerivatives) return;
    it('has the right derivatives in input and parameters, to second order', async () => {
      const x = input(3);
      await checkDerivatives((at) => network.apply(at.params, at.x), { params, x });
      x.dispose();
    });
  });
}

async function absoluteDifference(a: tf.Tensor, b: tf.Tensor): Promise<number[]> {
  const [x, y] = [await a.data(), await b.data()];
  return Array.from(x, (value, i) => Math.abs(value - y[i]));
}
