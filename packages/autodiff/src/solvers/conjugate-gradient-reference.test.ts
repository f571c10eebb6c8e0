import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { useBackend } from '@ebim/runtime';
import { installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { conjugateGradient, referenceConjugateGradient } from '../index.js';
import { CONJUGATE_GRADIENT_GOLDEN } from './conjugate-gradient.golden.js';

/** Second differences plus a growing diagonal, times a factor for each row. */
const operator = (k: number, factors: readonly number[]) => {
  const A = Array.from({ length: k }, (_, i) =>
    Array.from({ length: k }, (_, j) => (i === j ? 2 + 0.3 * i : Math.abs(i - j) === 1 ? -1 : 0)),
  );
  return (v: tf.Tensor) =>
    tf.tidy(() => tf.mul(tf.matMul(v, tf.tensor2d(A)), tf.tensor2d([...factors], [factors.length, 1])));
};

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();
  it.each(CONJUGATE_GRADIENT_GOLDEN.map((golden, i) => [i, golden] as const))(
    'solves as the authors did: case %i',
    (_, golden) => {
      tf.tidy(() => {
        const { k, factors, residual, iterations } = golden;
        const b = tf.tensor2d(golden.b.flat(), [golden.b.length, k]);
        const options = 'tolerance' in golden ? { tolerance: golden.tolerance } : {};
        const result = conjugateGradient(operator(k, factors), b, {
          ...referenceConjugateGradient,
          ...options,
        });
        const rows = result.x.arraySync() as number[][];
        golden.x.forEach((row, j) => {
          const size = Math.hypot(...row);
          row.forEach((v, i) => expect(Math.abs(rows[j][i] - v)).toBeLessThanOrEqual(2e-4 * size));
        });
        result.status.residual.dataSync().forEach((r, j) => expect(r).toBeCloseTo(residual[j], 4));
        // Rows that reach a residual of 0 in float32 stop counting; some row counts all iterations.
        expect(Math.max(...result.status.iterations.dataSync())).toBeLessThanOrEqual(iterations);
        if (k > 11) expect(Math.max(...result.status.iterations.dataSync())).toBe(iterations);
      });
    },
  );
});
