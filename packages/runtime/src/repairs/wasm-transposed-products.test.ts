import * as tf from '@tensorflow/tfjs';
import { expectNoLeak } from '@ebim/testing';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { useBackend } from '../backend/use-backend.js';
import { scattered } from './gradient-checks.js';
import { repairWasmTransposedProducts } from './wasm-transposed-products.js';

/** Names of the wasm kernels that run within a call, by counting wrappers. */
function productsWithoutFlags(): { transpositions: number } {
  const counter = { transpositions: 0 };
  const stock = tf.getKernel('Transpose', 'wasm');
  tf.unregisterKernel('Transpose', 'wasm');
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => {
      counter.transpositions++;
      return stock.kernelFunc(call);
    },
  });
  return counter;
}

it('as shipped, the kernel multiplies by a transposed operand itself, the slow way', async () => {
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  const counter = productsWithoutFlags();
  tf.matMul(tf.ones([64, 64]), tf.ones([64, 64]), true, false);
  expect(counter.transpositions).toBe(0);

  await useBackend('wasm');
  tf.matMul(tf.ones([64, 64]), tf.ones([64, 64]), true, false);
  expect(counter.transpositions).toBe(1);
  tf.matMul(tf.ones([2, 2]), tf.ones([2, 2]), true, false);
  expect(counter.transpositions, 'not worth it').toBe(1);
});

it('gives the products of the definition, however batched, on both sides of the threshold', async () => {
  await useBackend('wasm');
  const size = fc.constantFrom(1, 2, 3, 7, 16, 33);
  fc.assert(
    fc.property(
      size,
      size,
      size,
      fc.constantFrom(0, 1, 2),
      fc.boolean(),
      fc.boolean(),
      (m, k, n, batch, ta, tb) => {
        const lead = batch === 0 ? [] : [batch];
        const a = scattered([...lead, ...(ta ? [k, m] : [m, k])], 2);
        const b = scattered([...lead, ...(tb ? [n, k] : [k, n])], 3);
        const got = tf.matMul(a, b, ta, tb);
        expect(got.shape).toEqual([...lead, m, n]);
        const [x, y, z] = [a.dataSync(), b.dataSync(), got.dataSync()];
        for (let p = 0; p < (batch || 1); p++)
          for (let i = 0; i < m; i++)
            for (let j = 0; j < n; j++) {
              let sum = 0;
              for (let l = 0; l < k; l++) {
                const left = x[p * m * k + (ta ? l * m + i : i * k + l)];
                sum += left * y[p * k * n + (tb ? j * k + l : l * n + j)];
              }
              expect(Math.abs(z[(p * m + i) * n + j] - sum)).toBeLessThan(1e-5);
            }
        tf.dispose([a, b, got]);
      },
    ),
    { numRuns: 60 },
  );
});

it('leaves nothing on the wasm heap and is installed once', async () => {
  await useBackend('wasm');
  const kernel = tf.getKernel('BatchMatMul', 'wasm');
  repairWasmTransposedProducts();
  expect(tf.getKernel('BatchMatMul', 'wasm')).toBe(kernel);
  const a = scattered([40, 30]);
  const ids = tf.engine().backend.numDataIds();
  expectNoLeak(() => tf.matMul(a, a, true, false));
  expectNoLeak(() => tf.matMul(a, a, false, true));
  expect(tf.engine().backend.numDataIds()).toBe(ids);
});
