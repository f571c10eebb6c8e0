import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { grad, minimizeLbfgs, minimizeLbfgsAsync } from '../index.js';

const circle = (q: tf.Tensor) => tf.mean(tf.square(tf.sub(tf.sum(tf.square(q), 1), 1)));

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();
  describe.each(['none', 'strongWolfe'] as const)('minimizeLbfgs, line search %s', (lineSearch) => {
    const options = { lineSearch, steps: 5 };

    it('projects a batch to the circle, and leaks nothing', async () => {
      const start = tf.tensor2d([2, 0.1, -0.3, 0.4, 0.5, -1.5], [3, 2]);
      expectNoLeak(() => {
        const result = minimizeLbfgs(circle, start, options);
        const x = result.x.dataSync();
        for (const i of [0, 2, 4]) expect(Math.hypot(x[i], x[i + 1])).toBeCloseTo(1, 3);
        expect(result.status.converged.dataSync()[0]).toBe(1);
        expect(result.status.evaluations.dataSync()[0]).toBeGreaterThanOrEqual(
          result.status.iterations.dataSync()[0],
        );
        return result;
      });
      await expectNoLeak(async () => {
        const result = await minimizeLbfgsAsync(circle, start, options);
        const sync = minimizeLbfgs(circle, start, options);
        expect(result.x.dataSync()).toEqual(sync.x.dataSync());
        return [result, sync];
      });
      start.dispose();
    });

    it('works inside of tidy and is a constant under a gradient', () => {
      tf.tidy(() => {
        const start = tf.tensor2d([2, 0.1], [1, 2]);
        const f = (q: tf.Tensor) => tf.sum(tf.mul(minimizeLbfgs(circle, q, options).x, q));
        const projected = minimizeLbfgs(circle, start, options).x.dataSync();
        grad(f)(start)
          .dataSync()
          .forEach((v, i) => expect(v).toBeCloseTo(projected[i], 5));
      });
    });
  });
});
