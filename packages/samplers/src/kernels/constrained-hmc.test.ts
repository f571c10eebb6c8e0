import * as tf from '@tensorflow/tfjs';
import { compile } from '@ebim/compiler';
import { ConfigError, key, treeDispose, useBackend, type Key } from '@ebim/runtime';
import {
  TEST_BACKENDS,
  describeSampler,
  expectNoLeak,
  installLeakGuard,
  useTestBackends,
} from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { runSteps } from '../chains/run-steps.js';
import type { Constraint } from '../constraint/constraint-frame.js';
import type { Energy } from '../drift.js';
import type { ChainState, Kernel } from '../kernel.js';
import { quasiNewton } from '../solvers/quasi-newton.js';
import { flatTorus, torus, unitSphere } from '../test-constraints.js';
import { repeat, rowsOf } from '../test-support.js';
import { constrainedHmc, type ConstrainedHmcOptions } from './constrained-hmc.js';
import { constrainedLangevin } from './constrained-langevin.js';

/** `-<c, x>`: von Mises and Fisher's energy on circle and sphere. */
const linear =
  (c: readonly number[]): Energy =>
  (x) =>
    tf.neg(tf.sum(tf.mul(x, tf.tensor1d([...c])), 1));

useTestBackends(TEST_BACKENDS, useBackend, () => {
  for (const leapfrogSteps of [1, 3])
    describeSampler(`constrained HMC kernel, ${leapfrogSteps} steps`, {
      kernel: () =>
        constrainedHmc({ constraint: unitSphere, energy: linear([1, -2]), leapfrogSize: 0.2, leapfrogSteps }),
      position: () =>
        tf.tensor2d([
          [1, 0],
          [0.6, -0.8],
          [0, 1],
        ]),
      key,
    });
  describeSampler('constrained HMC kernel, codimension 2, images, no energy', {
    kernel: () =>
      constrainedHmc({
        constraint: (x) => flatTorus(tf.reshape(x, [-1, 4])),
        leapfrogSize: 0.2,
        constraintSolver: quasiNewton(),
      }),
    position: () => tf.tensor4d([1, 0, 0, 1, 0.6, -0.8, 1, 0], [2, 2, 2, 1]),
    key,
  });

  describe('constrained HMC', () => {
    installLeakGuard();

    it('is the same when compiled', async () => {
      const kernel = constrainedHmc({
        constraint: torus,
        energy: linear([1, 0, 1]),
        leapfrogSize: 0.4,
        leapfrogSteps: 2,
      });
      const starts = repeat([4, 0, 0], 20);
      const run = (from: Key, position: tf.Tensor) => runSteps(kernel, from, { position }, 3);
      const compiled = compile(run);
      const [a, b] = [run(key(3), starts), compiled(key(3), starts)];
      const [x, y] = [await a[0].position.data(), await b[0].position.data()];
      x.forEach((value, i) => expect(Math.abs(value - y[i])).toBeLessThan(2e-4));
      treeDispose([a, b, starts]);
      compiled.dispose();
    });

    it('keeps its chains where they are when a step is too long to solve or to take back', async () => {
      const kernel = constrainedHmc({ constraint: unitSphere, leapfrogSize: 50 });
      const starts = repeat([0.6, 0.8], 200);
      const [state, info] = kernel.step(key(1), { position: starts });
      const [accepted, chance, rows] = [
        await info.accepted.data(),
        await info.acceptance.data(),
        await rowsOf(state.position),
      ];
      // P(|50 p| < 1) = 0.016.
      expect(Array.from(accepted).filter(Boolean).length).toBeLessThan(20);
      rows.forEach(([x, y], i) => {
        expect(Math.hypot(x, y)).toBeCloseTo(1, 4);
        if (!accepted[i]) expect([x, y]).toEqual([Math.fround(0.6), Math.fround(0.8)]);
        if (accepted[i]) expect(chance[i]).toBeGreaterThan(0);
      });
      treeDispose([state, info, starts]);
    });

    it('rejects what leaves the box, and NaN', async () => {
      const starts = repeat([1, 0], 100);
      const bounds = { lower: [0, -2], upper: [2, 2] };
      const boxed = constrainedHmc({ constraint: unitSphere, leapfrogSize: 0.5, bounds });
      const [state, info] = runSteps(boxed, key(1), { position: starts }, 6);
      const rows = await rowsOf(state.position);
      expect(Math.min(...rows.map(([x]) => x))).toBeGreaterThanOrEqual(0);
      expect(new Set(rows.map(([, y]) => Math.sign(y))).size).toBe(2);
      const broken = constrainedHmc({
        constraint: unitSphere,
        leapfrogSize: 0.5,
        energy: (x) => tf.mul(tf.sum(x, 1), NaN),
      });
      const [stayed, report] = broken.step(key(1), { position: starts });
      expect(await stayed.position.data()).toEqual(await starts.data());
      expect(Math.max(...(await report.acceptance.data()))).toBe(0);
      expect(Math.min(...(await report.finite.data()))).toBe(1);
      treeDispose([state, info, stayed, report, starts]);
    });

    it('refuses an energy that is not one number for each chain, which would mix chains', () => {
      const energies: Energy[] = [(x) => tf.sum(x, 1, true), (x) => tf.sum(x)];
      for (const batch of [1, 3])
        for (const energy of energies) {
          const kernel = constrainedHmc({ constraint: unitSphere, energy, leapfrogSize: 0.2 });
          const starts = repeat([1, 0], batch);
          expect(() => kernel.step(key(0), { position: starts })).toThrow(
            expect.objectContaining({ code: 'bad-energy' }) as Error,
          );
          starts.dispose();
        }
    });

    it('leaks nothing', () => {
      const kernel = constrainedHmc({
        constraint: flatTorus,
        energy: linear([1, 0, 0, 1]),
        leapfrogSize: 0.3,
        leapfrogSteps: 3,
      });
      const state = { position: repeat([1, 0, 0, 1], 4) };
      expectNoLeak(() => kernel.step(key(1), state));
      treeDispose(state);
    });
  });
});

/** Mean of f(t) under a law of an angle, by a sum over a grid. */
function gridMean(weight: (t: number) => number, f: (t: number) => number): number {
  const angles = Array.from({ length: 4000 }, (_, i) => (2 * Math.PI * (i + 0.5)) / 4000);
  const total = angles.reduce((sum, t) => sum + weight(t), 0);
  return angles.reduce((sum, t) => sum + weight(t) * f(t), 0) / total;
}

const CHAINS = 3000;

describe('the law of constrained HMC is exact at any step size', () => {
  beforeAll(() => useBackend('wasm'));
  installLeakGuard();

  /** Statistic of the ends of many chains: mean, and its standard error. */
  async function sample(
    options: { readonly constraint: Constraint; readonly energy?: Energy } & ConstrainedHmcOptions,
    start: number[],
    steps: number,
    f: (row: number[]) => number,
    adjusted = true,
  ): Promise<{ mean: number; error: number; acceptance: number }> {
    const { leapfrogSize, constraint, energy = null } = options;
    const starts = repeat(start, CHAINS);
    const kernel: Kernel<ChainState, { readonly accepted: tf.Tensor }> = adjusted
      ? constrainedHmc(options)
      : constrainedLangevin({ constraint, energy, noiseScale: leapfrogSize });
    const run = compile((from: Key, position: tf.Tensor) => {
      const [state, info] = runSteps(kernel, from, { position }, steps);
      return { position: state.position, accepted: info.accepted, violation: constraint(state.position) };
    });
    const ends = run(key(11), starts);
    expect(Math.max(...(await ends.violation.data()).map(Math.abs))).toBeLessThan(1e-4);
    const values = (await rowsOf(ends.position)).map(f);
    const acceptance = Array.from(await ends.accepted.data()).filter(Boolean).length / CHAINS;
    treeDispose([ends, starts]);
    run.dispose();
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { mean, error: Math.sqrt(variance / values.length), acceptance };
  }

  const cases: [
    name: string,
    options: ConstrainedHmcOptions & { energy?: Energy },
    start: number[],
    steps: number,
    statistic: (row: number[]) => number,
    exact: number,
  ][] = [
    [
      'a narrow von Mises on the circle, E[cos t]',
      { constraint: unitSphere, energy: linear([0, 20]), leapfrogSize: 0.35 },
      [0, 1],
      40,
      ([, y]) => y,
      gridMean((t) => Math.exp(20 * Math.cos(t) - 20), Math.cos),
    ],
    [
      'the same in trajectories of four steps',
      { constraint: unitSphere, energy: linear([0, 20]), leapfrogSize: 0.25, leapfrogSteps: 4 },
      [0, 1],
      25,
      ([, y]) => y,
      gridMean((t) => Math.exp(20 * Math.cos(t) - 20), Math.cos),
    ],
    [
      'von Mises and Fisher on the sphere, E[z] = coth k - 1/k',
      { constraint: unitSphere, energy: linear([0, 0, 12]), leapfrogSize: 0.45 },
      [0, 0, 1],
      40,
      ([, , z]) => z,
      1 / Math.tanh(12) - 1 / 12,
    ],
    [
      'the uniform law on the torus, E[cos psi] = r / 2 R, with steps as long as the tube is thick',
      { constraint: torus, leapfrogSize: 1.1 },
      [4, 0, 0],
      80,
      ([x, y]) => Math.hypot(x, y) - 3,
      1 / 6,
    ],
    [
      'an energy that draws to the inside of the torus',
      {
        constraint: torus,
        // 3 (|(x, y)| - 3) = 3 cos psi.
        energy: (x) => tf.mul(3, tf.sub(tf.sqrt(tf.sum(tf.square(tf.slice(x, [0, 0], [-1, 2])), 1)), 3)),
        leapfrogSize: 0.7,
      },
      [2, 0, 0],
      80,
      ([x, y]) => Math.hypot(x, y) - 3,
      gridMean((t) => (3 + Math.cos(t)) * Math.exp(-3 * Math.cos(t)), Math.cos),
    ],
    [
      'a product of two von Mises laws on a torus of codimension 2',
      { constraint: flatTorus, energy: linear([6, 0, 0, 2]), leapfrogSize: 0.5, leapfrogSteps: 2 },
      [1, 0, 0, 1],
      40,
      ([x, , , w]) => x * w,
      gridMean((t) => Math.exp(6 * Math.cos(t)), Math.cos) *
        gridMean((t) => Math.exp(2 * Math.cos(t)), Math.cos),
    ],
  ];

  it.each(cases)('%s', async (_, options, start, steps, statistic, exact) => {
    const { mean, error, acceptance } = await sample(options, start, steps, statistic);
    expect(acceptance).toBeGreaterThan(0.3);
    expect(acceptance).toBeLessThan(0.999);
    expect(Math.abs(mean - exact)).toBeLessThan(4.5 * error);
  });

  it('tells the difference: without accept-reject the same steps give another law', async () => {
    for (const i of [0, 2, 4]) {
      const [, options, start, steps, statistic, exact] = cases[i];
      const { mean, error } = await sample(options, start, steps, statistic, false);
      expect(Math.abs(mean - exact)).toBeGreaterThan(6 * error);
    }
  });
});

describe('constrained HMC, options', () => {
  it.each([
    { leapfrogSize: 0 },
    { leapfrogSize: NaN },
    { leapfrogSteps: 0 },
    { tolerance: -1 },
    { reversibilityTolerance: 0 },
    { bounds: { lower: 1, upper: 0 } },
  ])('refuses %j', (wrong) => {
    expect(() => constrainedHmc({ constraint: unitSphere, leapfrogSize: 0.1, ...wrong })).toThrow(
      ConfigError,
    );
  });
});
