import * as tf from '@tensorflow/tfjs';
import { ConfigError, key, treeDispose, useBackend } from '@ebim/runtime';
import {
  TEST_BACKENDS,
  describeSampler,
  expectNoLeak,
  installLeakGuard,
  useTestBackends,
} from '@ebim/testing';
import { describe, expect, it, vi } from 'vitest';
import { runSteps } from '../chains/run-steps.js';
import { moments } from '../test-support.js';
import { langevin } from './langevin.js';

/** `sum_i precision_i x_i^2 / 2`, the energy of a Gaussian. */
const gaussian =
  (precision: readonly number[]) =>
  (x: tf.Tensor): tf.Tensor =>
    tf.sum(tf.mul(tf.square(x), tf.tensor1d(precision.map((p) => p / 2))), 1);

const flat = (x: tf.Tensor): tf.Tensor => tf.sum(tf.mul(x, 0), 1);

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describeSampler('langevin kernel', {
    kernel: () => langevin(gaussian([1, 4]), { noiseScale: 0.3 }),
    position: () =>
      tf.tensor2d([
        [0, 1],
        [2, -1],
        [0.5, 0.5],
      ]),
    key,
  });
  describeSampler('langevin kernel on images, in a box', {
    kernel: () =>
      langevin((x) => tf.sum(tf.square(x), [1, 2, 3]), {
        noiseScale: 0.1,
        bounds: { lower: 0, upper: 1 },
        clampEachStep: true,
      }),
    position: () => tf.fill([2, 3, 3, 1], 0.5),
    key,
  });

  describe('langevin', () => {
    installLeakGuard();

    it('has the exact moments of the linear recursion that it is for a Gaussian', async () => {
      const [batch, steps, noiseScale, stepSize] = [4000, 25, 0.4, 0.3];
      const precisions = [1, 3];
      const kernel = langevin(gaussian(precisions), { noiseScale, stepSize, gradClamp: null });
      const starts = tf.tidy(() => tf.tile(tf.tensor2d([[2, -1]]), [batch, 1]));
      const state = kernel.init(starts);
      const [end, info] = runSteps(kernel, key(3), state, steps);
      const values = await end.position.data();
      precisions.forEach((precision, i) => {
        const rate = 1 - (stepSize / 2) * precision;
        const mean = rate ** steps * [2, -1][i];
        const variance = (noiseScale ** 2 * (1 - rate ** (2 * steps))) / (1 - rate ** 2);
        const found = moments(values.filter((_, j) => j % 2 === i));
        expect(Math.abs(found.mean - mean)).toBeLessThan(4 * Math.sqrt(variance / batch));
        expect(Math.abs(found.variance / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / batch));
      });
      tf.dispose([starts]);
      treeDispose([state, end, info]);
    });

    it('takes stepSize = noiseScale^2 and noiseScale = 0.005 by default', async () => {
      const starts = tf.zeros([4000, 1]);
      // A constant gradient of 0.02 is under the default clamp and moves by half the step size times it.
      const kernel = langevin((x) => tf.sum(tf.mul(x, 0.02), 1), {});
      const [end, info] = kernel.step(key(5), { position: starts });
      const { mean, variance } = moments(await end.position.data());
      expect(Math.abs(Math.sqrt(variance) / 0.005 - 1)).toBeLessThan(4 * Math.sqrt(0.5 / 4000));
      expect(Math.abs(mean)).toBeLessThan((4 * 0.005) / Math.sqrt(4000));
      const noiseless = langevin((x) => tf.sum(tf.mul(x, 0.02), 1), { noiseScale: 0, stepSize: 10 });
      const [moved, movedInfo] = noiseless.step(key(5), { position: starts });
      expect((await moved.position.data())[0]).toBeCloseTo(-0.1, 6);
      treeDispose([starts, end, info, moved, movedInfo]);
    });

    it('clamps the gradient element by element, only when asked to', async () => {
      const starts = tf.tensor2d([[5, -7, 0.01]]);
      const energy = gaussian([1, 1, 1]);
      const move = async (gradClamp?: number | null): Promise<number[]> => {
        const kernel = langevin(energy, {
          noiseScale: 0,
          stepSize: 2,
          ...(gradClamp === undefined ? {} : { gradClamp }),
        });
        const [end, info] = kernel.step(key(0), { position: starts });
        const values = Array.from(await end.position.data());
        treeDispose([end, info]);
        return values;
      };
      const close = (found: number[], expected: number[]): void =>
        found.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
      close(await move(0.03), [4.97, -6.97, 0]);
      close(await move(), [0, 0, 0]);
      close(await move(1), [4, -6, 0]);
      close(await move(null), [0, 0, 0]);
      starts.dispose();
    });

    it('clamps to the box after the whole chain, or after every step', async () => {
      const starts = tf.tensor2d([[1]]);
      const bounds = { lower: [-0.5], upper: [3] };
      const end = async (clampEachStep: boolean): Promise<number> => {
        // Without noise and with this step size the chain doubles and changes its sign: 1, -2, 4.
        const kernel = langevin(gaussian([3]), {
          noiseScale: 0,
          stepSize: 2,
          gradClamp: null,
          bounds,
          clampEachStep,
        });
        const [state, info] = runSteps(kernel, key(0), { position: starts }, 2);
        const value = (await state.position.data())[0];
        treeDispose([state, info]);
        return value;
      };
      expect(await end(false)).toBeCloseTo(3, 6);
      expect(await end(true)).toBeCloseTo(1, 6);
      starts.dispose();
    });

    it('reports a chain that has left the numbers, and only that one', async () => {
      const kernel = langevin((x) => tf.sum(tf.log(x), 1), { gradClamp: null });
      const starts = tf.tensor2d([[1], [Number.NaN], [2]]);
      const [end, info] = kernel.step(key(0), { position: starts });
      expect(Array.from(await info.finite.data())).toEqual([1, 0, 1]);
      treeDispose([end, info, starts]);
    });

    it('reads no tensor, so that it can be compiled', () => {
      const reads = [vi.spyOn(tf.Tensor.prototype, 'dataSync'), vi.spyOn(tf.Tensor.prototype, 'data')];
      const starts = tf.zeros([3, 2]);
      const kernel = langevin(gaussian([1, 2]), { bounds: { lower: [-1, -1], upper: [1, 1] } });
      treeDispose(runSteps(kernel, key(0), { position: starts }, 3));
      for (const read of reads) {
        expect(read).not.toHaveBeenCalled();
        read.mockRestore();
      }
      starts.dispose();
    });
  });

  describe('runSteps', () => {
    installLeakGuard();

    it('is a function of the key, takes every step with new noise and leaks nothing', async () => {
      const kernel = langevin(flat, { noiseScale: 1 });
      const starts = tf.zeros([2000, 1]);
      const run = (seed: number, steps: number): Promise<Float32Array> => {
        const [end, info] = runSteps(kernel, key(seed), { position: starts }, steps);
        const values = end.position.data<'float32'>();
        return values.then((read) => {
          treeDispose([end, info]);
          return read;
        });
      };
      for (const steps of [1, 2, 9]) {
        // Sums of independent noise; the same noise twice would give steps^2.
        const { variance } = moments(await run(1, steps));
        expect(Math.abs(variance / steps - 1)).toBeLessThan(4 * Math.sqrt(2 / 2000));
      }
      expect(await run(1, 3)).toEqual(await run(1, 3));
      expect(await run(1, 3)).not.toEqual(await run(2, 3));
      expectNoLeak(() => runSteps(kernel, key(0), { position: starts }, 1));
      expectNoLeak(() => runSteps(kernel, key(0), { position: starts }, 4));
      starts.dispose();
    });
  });
});

describe('langevin options', () => {
  it.each([
    { noiseScale: -1 },
    { noiseScale: Number.NaN },
    { stepSize: -0.1 },
    { stepSize: Number.POSITIVE_INFINITY },
    { gradClamp: 0 },
    { gradClamp: -1 },
    { bounds: { lower: [1], upper: [0] } },
  ])('refuses %j', (options) => {
    expect(() => langevin(flat, options)).toThrow(ConfigError);
  });

  it('refuses a point without batch axis', () => {
    const point = tf.ones([2]);
    expect(() => langevin(flat).init(point)).toThrow(/batch axis/);
    point.dispose();
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %d steps', (steps) => {
    const kernel = langevin(flat);
    const position = tf.zeros([1, 1]);
    expect(() => runSteps(kernel, key(0), { position }, steps)).toThrow(ConfigError);
    position.dispose();
  });
});
