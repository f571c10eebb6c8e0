import * as tf from '@tensorflow/tfjs';
import { ConfigError, key, split, treeDispose, useBackend, uniform } from '@ebim/runtime';
import { TEST_BACKENDS, expectNoLeak, installLeakGuard, useTestBackends } from '@ebim/testing';
import { describe, expect, it } from 'vitest';
import type { ChainInfo, ChainState, Kernel } from '../kernel.js';
import { constrainedLangevin } from '../kernels/constrained-langevin.js';
import { langevin } from '../kernels/langevin.js';
import { lbfgs } from '../solvers/lbfgs.js';
import { newton } from '../solvers/newton.js';
import { runChain, type ChainRun } from './run-chain.js';

type CountInfo = { readonly step: tf.Tensor; readonly nested: { readonly odd: tf.Tensor } };

/** Adds 1 a step, so that a position tells its step; draws, so that the key matters. */
const counter: Kernel<ChainState & { readonly noise: tf.Tensor }, CountInfo> = {
  init: (position) => ({ position: position.clone(), noise: tf.zeros([position.shape[0]]) }),
  step: (k, { position }) =>
    tf.tidy(() => {
      const next = tf.add(position, 1);
      const column = tf.squeeze(tf.slice(next, [0, 0], [-1, 1]), [1]);
      const info = { step: column, nested: { odd: tf.equal(tf.mod(column, 2), 1) } };
      return [{ position: next, noise: uniform(split(k)[0], [position.shape[0]]) }, info];
    }),
};

const disposeRun = (run: ChainRun<ChainState>): void =>
  treeDispose([run.samples, run.state, { ...run.collected }]);

useTestBackends(TEST_BACKENDS, useBackend, (backend) => {
  describe('runChain', () => {
    installLeakGuard();

    it('collects every thin-th step after the burn-in', async () => {
      const position = tf.tensor2d([
        [0, 100],
        [10, 200],
      ]);
      const run = await runChain(counter, { key: key(0), position, steps: 11, burnIn: 3, thin: 2 });
      expect(run.status).toBe('completed');
      expect(run.steps).toBe(11);
      expect(run.samples.shape).toEqual([4, 2, 2]);
      const expected = [5, 7, 9, 11].map((t) => [
        [t, 100 + t],
        [10 + t, 200 + t],
      ]);
      expect(await run.samples.array()).toEqual(expected);
      expect(await run.state.position.array()).toEqual(expected[3]);
      disposeRun(run);
      position.dispose();
    });

    it('summarises the info of every step, burn-in and thinned ones too, over many reads', async () => {
      const position = tf.tensor2d([[0], [1], [2]]);
      const steps = 150;
      const run = await runChain(counter, { key: key(0), position, steps, thin: 1000 });
      expect(run.samples.shape).toEqual([0, 3, 1]);
      const counted = Array.from({ length: steps }, (_, i) => i + 1);
      expect(Array.from(run.info['step'].mean)).toEqual(counted.map((t) => t + 1));
      expect(Array.from(run.info['step'].max)).toEqual(counted.map((t) => t + 2));
      const odd = run.info['nested/odd'].mean;
      counted.forEach((t, i) => expect(odd[i]).toBeCloseTo(t % 2 === 0 ? 1 / 3 : 2 / 3, 6));
      disposeRun(run);
      position.dispose();
    });

    it('gives the same chain whatever is collected, and another for another key', async () => {
      const kernel = langevin((x) => tf.sum(tf.square(x), 1), { noiseScale: 0.5 });
      const position = tf.zeros([3, 2]);
      const run = (seed: number, thin: number, burnIn = 0): Promise<ChainRun<ChainState>> =>
        runChain(kernel, { key: key(seed), position, steps: 12, thin, burnIn });
      const [all, third, late, other] = [
        await run(1, 1),
        await run(1, 3),
        await run(1, 1, 6),
        await run(2, 1),
      ];
      const values = (await all.samples.array()) as number[][][];
      expect(await third.samples.array()).toEqual(values.filter((_, i) => i % 3 === 2));
      expect(await late.samples.array()).toEqual(values.slice(6));
      expect(await other.samples.array()).not.toEqual(values);
      // Noise of two steps of one run differs.
      expect(values[1][0][0] - values[0][0][0]).not.toBeCloseTo(values[0][0][0], 4);
      [all, third, late, other].forEach(disposeRun);
      position.dispose();
    });

    it('collects named statistics, also a tensor of the state itself, and positions only if wanted', async () => {
      const position = tf.zeros([2, 1]);
      const run = await runChain(counter, {
        key: key(4),
        position,
        steps: 6,
        thin: 2,
        collectPositions: false,
        collect: {
          noise: (state) => state.noise,
          half: (state, info) => tf.div(tf.add(tf.sum(state.position), tf.sum(info.step)), 4),
        },
      });
      expect(run.samples.shape).toEqual([0, 2, 1]);
      expect(Object.keys(run.collected).sort()).toEqual(['half', 'noise']);
      expect(await run.collected['half'].array()).toEqual([2, 4, 6]);
      const noise = (await run.collected['noise'].array()) as number[][];
      expect(new Set(noise.flat()).size).toBe(6);
      disposeRun(run);
      position.dispose();
    });

    it('applies finish to what it hands out and not to the chain', async () => {
      const kernel: typeof counter = {
        ...counter,
        finish: (state) => ({
          ...state,
          position: tf.minimum(state.position, 2),
          noise: state.noise.clone(),
        }),
      };
      const position = tf.zeros([1, 1]);
      const run = await runChain(kernel, { key: key(0), position, steps: 4 });
      expect(await run.samples.array()).toEqual([[[1]], [[2]], [[2]], [[2]]]);
      expect(Array.from(run.info['step'].max)).toEqual([1, 2, 3, 4]);
      expect(await run.state.position.array()).toEqual([[2]]);
      disposeRun(run);
      position.dispose();
    });

    it('stops on a signal with what there is, before the first step too', async () => {
      const position = tf.zeros([2, 1]);
      const before = await runChain(counter, {
        key: key(0),
        position,
        steps: 5,
        signal: AbortSignal.abort(),
      });
      expect(before.status).toBe('stopped');
      expect(before.steps).toBe(0);
      expect(before.samples.shape).toEqual([0, 2, 1]);
      disposeRun(before);

      const controller = new AbortController();
      const run = await runChain(counter, {
        key: key(0),
        position,
        steps: 1000,
        thin: 2,
        collect: {
          stopAtSix: (state, info) => {
            if (info.step.dataSync()[0] === 6) controller.abort();
            return state.noise;
          },
        },
        signal: controller.signal,
      });
      expect(run.steps).toBe(6);
      expect(await run.samples.array()).toEqual([2, 4, 6].map((t) => [[t], [t]]));
      expect(run.info['step'].mean.length).toBe(6);
      expect(run.status).toBe('stopped');
      disposeRun(run);
      position.dispose();
    });

    it('frees everything when a step throws', async () => {
      const position = tf.zeros([2, 1]);
      let taken = 0;
      const kernel: typeof counter = {
        ...counter,
        step: (k, state) => {
          if (++taken > 3) throw new Error('broken');
          return counter.step(k, state);
        },
      };
      await expectNoLeak(async () => {
        await expect(runChain(kernel, { key: key(0), position, steps: 9 })).rejects.toThrow('broken');
      });
      position.dispose();
    });

    it('reports progress to the end', async () => {
      const position = tf.zeros([2, 1]);
      const seen: number[] = [];
      const run = await runChain(counter, {
        key: key(0),
        position,
        steps: 100,
        onProgress: ({ step, steps }) => {
          expect(steps).toBe(100);
          seen.push(step);
        },
      });
      expect(seen.at(-1)).toBe(100);
      expect([...seen].sort((a, b) => a - b)).toEqual(seen);
      disposeRun(run);
      position.dispose();
    });

    it('lets the event loop run, so that a timer can stop it', async () => {
      const position = tf.zeros([2, 1]);
      const controller = new AbortController();
      const steps = 100_000;
      setTimeout(() => controller.abort(), 0);
      const run = await runChain(counter, {
        key: key(0),
        position,
        steps,
        thin: steps,
        signal: controller.signal,
      });
      expect(run.status).toBe('stopped');
      expect(run.steps).toBeGreaterThan(0);
      disposeRun(run);
      position.dispose();
    });

    it('is the same compiled and not, and leaks nothing', async () => {
      const ring = (x: tf.Tensor) => tf.sub(tf.sum(tf.square(x), 1, true), 1);
      const energy = (x: tf.Tensor) => tf.sum(x, 1);
      const position = tf.tensor2d([
        [1, 0],
        [0, -1],
        [0.6, 0.8],
      ]);
      const kernels: readonly Kernel<ChainState, ChainInfo>[] = [
        langevin(energy, { noiseScale: 0.1 }),
        constrainedLangevin({ constraint: ring, energy, noiseScale: 0.1, constraintSolver: newton() }),
        constrainedLangevin({
          constraint: ring,
          noiseScale: 0.1,
          constraintSolver: lbfgs(),
          onFailure: 'accept',
        }),
      ];
      for (const kernel of kernels)
        await expectNoLeak(async () => {
          const run = (compiled: boolean) =>
            runChain(kernel, {
              key: key(3),
              position,
              steps: 6,
              burnIn: 1,
              thin: 2,
              compile: compiled,
              collect: { energy: (state) => tf.mean(energy(state.position)), same: ({ position: at }) => at },
            });
          const [compiled, eager] = [await run(true), await run(false)];
          const values = async ({ samples, state, collected }: ChainRun<ChainState>) =>
            Promise.all(
              [samples, state.position, collected['energy'], collected['same']].map((t) => t.data()),
            );
          const [a, b] = [await values(compiled), await values(eager)];
          a.forEach((tensor, i) => {
            expect(tensor.length).toBe(b[i].length);
            tensor.forEach((v, j) => expect(v).toBeCloseTo(b[i][j], 4));
          });
          expect(Object.keys(compiled.info)).toEqual(Object.keys(eager.info));
          expect(compiled.info['finite'].mean).toEqual(eager.info['finite'].mean);
          disposeRun(compiled);
          disposeRun(eager);
        });
      position.dispose();
    });

    it.skipIf(backend === 'tensorflow')(
      'runs what cannot be compiled as it is, unless told to compile it',
      async () => {
        const position = tf.zeros([2, 1]);
        const reading: typeof counter = {
          ...counter,
          step: (k, state) => {
            state.position.dataSync();
            return counter.step(k, state);
          },
        };
        const run = await runChain(reading, { key: key(0), position, steps: 20 });
        expect(await run.state.position.array()).toEqual([[20], [20]]);
        disposeRun(run);
        await expectNoLeak(async () => {
          await expect(
            runChain(reading, { key: key(0), position, steps: 20, compile: true }),
          ).rejects.toMatchObject({ code: 'reads-data' });
        });
        position.dispose();
      },
    );

    it('keeps the memory of the backend flat', async () => {
      const position = tf.zeros([4, 2]);
      const live: number[] = [];
      const run = await runChain(counter, {
        key: key(0),
        position,
        steps: 200,
        collect: {
          live: (state) => {
            // What reads data is not compiled, so that it is called at every step.
            state.noise.dataSync();
            live.push(tf.memory().numTensors);
            return tf.sum(state.position);
          },
        },
      });
      expect(live.length).toBeGreaterThanOrEqual(200);
      expect(Math.max(...live.slice(-200)) - live[live.length - 200]).toBeLessThanOrEqual(64);
      disposeRun(run);
      position.dispose();
    });
  });
});

describe('runChain options', () => {
  it.each([{ steps: 0 }, { steps: 1.5 }, { steps: 3, thin: 0 }, { steps: 3, burnIn: -1 }])(
    'refuses %j',
    async (options) => {
      const position = tf.zeros([1, 1]);
      await expect(runChain(counter, { key: key(0), position, ...options })).rejects.toThrow(ConfigError);
      position.dispose();
    },
  );
});
