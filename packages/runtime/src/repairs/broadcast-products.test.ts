import * as tf from '@tensorflow/tfjs';
import { expectNoLeak, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { repairBroadcastProducts } from './broadcast-products.js';
import { expectDerivatives, scattered } from './gradient-checks.js';

/** The definition: every sum of products in double precision, over indices of the broadcast batch. */
function product(a: tf.Tensor, b: tf.Tensor): { shape: number[]; values: number[] } {
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  const [m, k] = a.shape.slice(-2);
  const n = b.shape[b.rank - 1];
  const [x, y] = [a.dataSync(), b.dataSync()];
  const values: number[] = [];
  for (let at = 0; at < tf.util.sizeFromShape(batch); at++) {
    const matrix = (own: number[]): number => {
      let [rest, stride, flat] = [at, 1, 0];
      for (let d = batch.length - 1, e = own.length - 1; e >= 0; d--, e--) {
        const index = rest % batch[d];
        rest = Math.floor(rest / batch[d]);
        flat += (own[e] === 1 ? 0 : index) * stride;
        stride *= own[e];
      }
      return flat;
    };
    const [p, q] = [matrix(batchA), matrix(batchB)];
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) sum += x[(p * m + i) * k + l] * y[(q * k + l) * n + j];
        values.push(sum);
      }
    }
  }
  return { shape: [...batch, m, n], values };
}

function error(a: tf.Tensor, b: tf.Tensor, found: tf.Tensor): number {
  const { shape, values } = product(a, b);
  expect(found.shape).toEqual(shape);
  const got = found.dataSync();
  expect(got.length).toBe(values.length);
  return Math.max(...values.map((value, i) => Math.abs(value - got[i])));
}

it('as shipped, two broadcast batch axes are paired wrongly, without a word', async () => {
  await tf.setBackend('cpu');
  const [a, b] = [scattered([2, 3, 2, 2]), scattered([2, 1, 2, 2], 2)];
  expect(error(a, b, tf.matMul(a, b))).toBeGreaterThan(0.1);
});

useTestBackends(TEST_BACKENDS, useBackend, (backend) => {
  const batches = fc
    .tuple(fc.array(fc.constantFrom(1, 2, 3), { maxLength: 3 }), fc.nat(255), fc.nat(3), fc.nat(3))
    .map(([full, ones, dropA, dropB]) => {
      const own = (mask: number, drop: number): number[] =>
        full.map((n, d) => ((mask >> d) % 2 === 1 ? 1 : n)).slice(Math.min(drop, full.length));
      return [own(ones, dropA), own(ones >> 4, dropB)] as const;
    });

  it('is the product of the definition, whatever is broadcast and transposed', () => {
    fc.assert(
      fc.property(
        batches,
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom(2, 20),
        ([batchA, batchB], tA, tB, m) => {
          tf.tidy(() => {
            const a = scattered([...batchA, m, 3], 2);
            const b = scattered([...batchB, 3, 25], 3);
            const swap = (t: tf.Tensor): tf.Tensor =>
            tf.transpose(t, t.shape.map((_, d) => (d < t.rank - 2 ? d : 2 * t.rank - 3 - d))); // prettier-ignore
            const found = tf.matMul(tA ? swap(a) : a, tB ? swap(b) : b, tA, tB);
            expect(error(a, b, found)).toBeLessThan(1e-5);
          });
        },
      ),
      { numRuns: 150, examples: [[[[2, 1], [1, 3]], false, false, 2], [[[2, 3], [2, 1]], true, true, 20], [[[1, 2], [3, 1, 1]], false, true, 2]] }, // prettier-ignore
    );
  });

  it('has its derivatives by both operands', () => {
    const [a, b] = [scattered([2, 1, 2, 3]), scattered([1, 3, 3, 2], 2)];
    expectDerivatives((x) => tf.matMul(x, b), a, 2, 1e-2);
    expectDerivatives((x) => tf.matMul(a, x), b, 2, 1e-2);
  });

  it('still refuses what does not fit', () => {
    expect(() => tf.matMul(tf.ones([2, 2, 2]), tf.ones([3, 2, 2]))).toThrow();
    expect(() => tf.matMul(tf.ones([2, 1, 2, 3]), tf.ones([1, 3, 2, 2]))).toThrow();
  });

  it('leaves nothing behind and is installed once', () => {
    const kernel = tf.getKernel('BatchMatMul', backend);
    repairBroadcastProducts();
    expect(tf.getKernel('BatchMatMul', backend)).toBe(kernel);
    const [a, b] = [scattered([2, 1, 2, 3]), scattered([1, 3, 3, 2], 2)];
    const ids = tf.engine().backend.numDataIds();
    expectNoLeak(() => tf.matMul(a, b));
    expect(tf.engine().backend.numDataIds()).toBe(ids);
    tf.dispose([a, b]);
  });
});
