import * as tf from '@tensorflow/tfjs';
import { referenceConjugateGradient } from '@ebim/autodiff';
import { ConfigError, key, normal, treeDispose, useBackend } from '@ebim/runtime';
import {
  TEST_BACKENDS,
  describeSampler,
  expectNoLeak,
  installLeakGuard,
  useTestBackends,
} from '@ebim/testing';
import { describe, expect, it, vi } from 'vitest';
import { runSteps } from '../chains/run-steps.js';
import type { Constraint } from '../constraint/constraint-frame.js';
import { cholesky, conjugateGradient } from '../constraint/tangent-projection.js';
import { gradientDescent } from '../solvers/gradient-descent.js';
import { lbfgs } from '../solvers/lbfgs.js';
import { newton } from '../solvers/newton.js';
import { quasiNewton } from '../solvers/quasi-newton.js';
import { circleIn, flatTorus, unitSphere } from '../test-constraints.js';
import { repeat, rowsOf, uniformCircle } from '../test-support.js';
import { constrainedLangevin, type ConstrainedLangevinOptions } from './constrained-langevin.js';

useTestBackends(TEST_BACKENDS, useBackend, () => {
  const energy = (x: tf.Tensor): tf.Tensor => tf.sum(tf.mul(x, tf.tensor1d([1, -2])), 1);
  const solvers = {
    newton: newton(),
    'quasi-Newton': quasiNewton(),
    'L-BFGS': lbfgs(),
    'gradient descent': gradientDescent({ learningRate: 0.4, steps: 40 }),
  };
  for (const [name, constraintSolver] of Object.entries(solvers))
    describeSampler(`constrained Langevin kernel by ${name}`, {
      kernel: () =>
        constrainedLangevin({
          constraint: unitSphere,
          energy,
          noiseScale: 0.2,
          stepSize: 0.5,
          constraintSolver,
        }),
      position: () =>
        tf.tensor2d([
          [1, 0],
          [0.6, -0.8],
          [0, 1],
        ]),
      key,
    });
  describeSampler('constrained Langevin kernel, codimension 2, images, box', {
    kernel: () =>
      constrainedLangevin({
        constraint: (x) => flatTorus(tf.reshape(x, [-1, 4])),
        noiseScale: 0.2,
        tangentProjection: conjugateGradient(),
        bounds: { lower: -2, upper: 2 },
        outOfBounds: 'clamp',
      }),
    position: () => tf.tensor4d([1, 0, 0, 1, 0.6, -0.8, 1, 0], [2, 2, 2, 1]),
    key,
  });

  describe('one step of constrained Langevin', () => {
    installLeakGuard();

    it('is the same by every projection and every solver', async () => {
      const two = tf.tidy(() => tf.concat([uniformCircle(key(1), 40), uniformCircle(key(2), 40)], 1));
      const five = tf.tidy(() => tf.concat([uniformCircle(key(3), 40), tf.zeros([40, 4])], 1));
      // Codimension 2 is dense by default, 5 is matrix-free.
      const cases: [Constraint, tf.Tensor][] = [
        [flatTorus, two],
        [circleIn(6), five],
      ];
      const choices: Partial<ConstrainedLangevinOptions>[] = [
        { tangentProjection: cholesky(), constraintSolver: newton() },
        {},
        { tangentProjection: conjugateGradient({ tolerance: 1e-6 }) },
        { tangentProjection: conjugateGradient(referenceConjugateGradient), constraintSolver: quasiNewton() },
        { constraintSolver: lbfgs({ steps: 5 }), tolerance: 1e-4 },
        { constraintSolver: lbfgs({ steps: 30, strongWolfe: false }), tolerance: 1e-4 },
        { constraintSolver: gradientDescent({ learningRate: 0.4, steps: 60 }) },
        { constraintSolver: gradientDescent({ learningRate: 0.2, steps: 120, momentum: 0.3 }) },
      ];
      for (const [constraint, position] of cases) {
        let expected: number[][] | undefined;
        for (const choice of choices) {
          // Gradient descent is as slow as the rows of J differ in size, which they do in the second case.
          if (choice.constraintSolver?.kind === 'gradientDescent' && constraint !== flatTorus) continue;
          const kernel = constrainedLangevin({
            constraint,
            energy: (x) => tf.sum(tf.square(tf.sub(x, 0.5)), 1),
            noiseScale: 0.15,
            stepSize: 0.5,
            gradClamp: 0.03,
            ...choice,
          });
          const [end, info] = kernel.step(key(5), { position });
          expect(Array.from(await info.converged.data()), JSON.stringify(choice)).not.toContain(0);
          const rows = await rowsOf(end.position);
          expected ??= rows;
          rows.forEach((row, i) =>
            row.forEach((x, j) => expect(Math.abs(x - (expected?.[i][j] ?? 9))).toBeLessThan(2e-4)),
          );
          treeDispose([end, info]);
        }
        position.dispose();
      }
    });

    it('solves the equation of the step: displacement minus drift and momentum is along the normal at q', async () => {
      const [noiseScale, stepSize, gradClamp] = [0.2, 0.3, 0.4];
      const energy = (x: tf.Tensor): tf.Tensor => tf.sum(tf.mul(x, tf.tensor1d([3, 0.1, -2])), 1);
      const clamped = [0.4, 0.1, -0.4];
      const position = tf.tensor2d([
        [0.6, 0, 0.8],
        [0, -1, 0],
      ]);
      const kernel = constrainedLangevin({ constraint: unitSphere, energy, noiseScale, stepSize, gradClamp });
      const [end, info] = kernel.step(key(3), { position });
      const noise = normal(key(3), [2, 3]);
      const [q, u, next] = await Promise.all([position, noise, end.position].map(rowsOf));
      for (let i = 0; i < 2; i++) {
        const along = u[i].reduce((sum, value, j) => sum + value * q[i][j], 0);
        const free = q[i].map(
          (value, j) => value + noiseScale * (u[i][j] - along * value) - (stepSize / 2) * clamped[j],
        );
        const residual = next[i].map((value, j) => value - free[j]);
        const length = residual.reduce((sum, value, j) => sum + value * q[i][j], 0);
        residual.forEach((value, j) => expect(value).toBeCloseTo(length * q[i][j], 5));
        expect(Math.hypot(...next[i])).toBeCloseTo(1, 5);
      }
      treeDispose([end, info, noise, position]);
    });

    it.each([0.03, undefined])('clamps the gradient at %s', async (gradClamp) => {
      const position = tf.tensor2d([[1, 0]]);
      const kernel = constrainedLangevin({
        constraint: unitSphere,
        energy: (x) => tf.sum(tf.mul(x, tf.tensor1d([0, 5])), 1),
        noiseScale: 0,
        stepSize: 2,
        ...(gradClamp === undefined ? {} : { gradClamp }),
      });
      const [end, info] = kernel.step(key(0), { position });
      // Unclamped, a step of 5 has no solution on the unit circle and is not taken.
      expect((await rowsOf(end.position))[0][1]).toBeCloseTo(gradClamp === undefined ? 0 : -0.03, 5);
      treeDispose([end, info, position]);
    });

    it('keeps the last state of a chain that has no solution, says so, and lets the others go on', async () => {
      // Half a step size of 4 along (0, 5) is longer than the radius: no normal leads back to the circle.
      const pushed = (x: tf.Tensor): tf.Tensor => tf.mul(tf.slice(x, [0, 1], [-1, 1]), -5).squeeze([1]);
      const position = tf.tensor2d([
        [1, 0],
        [0, 1],
        [Math.SQRT1_2, Math.SQRT1_2],
      ]);
      for (const constraintSolver of [newton(), quasiNewton(), lbfgs({ steps: 3 })]) {
        const options = {
          constraint: unitSphere,
          energy: pushed,
          noiseScale: 0.01,
          stepSize: 4,
          gradClamp: null,
        };
        const kernel = constrainedLangevin({ ...options, constraintSolver });
        const [end, info] = kernel.step(key(1), { position });
        const rows = await rowsOf(end.position);
        expect(rows[0]).toEqual([1, 0]);
        expect(Array.from(await info.converged.data())[0]).toBe(0);
        expect(Array.from(await info.accepted.data())[0]).toBe(0);
        const violations = await info.constraintViolation.data();
        expect(violations[0]).toBe(0);
        expect(Array.from(await info.finite.data())).toEqual([1, 1, 1]);

        const accepting = constrainedLangevin({ ...options, constraintSolver, onFailure: 'accept' });
        const [there, report] = accepting.step(key(1), { position });
        const values = await report.constraintViolation.data();
        expect(Array.from(await report.converged.data())[0]).toBe(0);
        expect(Array.from(await report.accepted.data())[0]).toBe(1);
        expect(values[0]).toBeGreaterThan(0.1);
        expect((await rowsOf(there.position))[0]).not.toEqual([1, 0]);
        treeDispose([end, info, there, report]);
      }
      position.dispose();
    });

    it('does not depend on the other chains of the batch', async () => {
      const energy = (x: tf.Tensor): tf.Tensor => tf.mul(tf.slice(x, [0, 1], [-1, 1]), -5).squeeze([1]);
      // The noise is zero, so that a row sees the same whatever its place; the third row has no solution.
      const options = { constraint: unitSphere, energy, noiseScale: 0, stepSize: 0.3, gradClamp: null };
      const together = tf.tensor2d([
        [0.6, 0.8],
        [0, -1],
        [Number.NaN, 0],
        [0.8, -0.6],
      ]);
      for (const constraintSolver of [newton(), quasiNewton()]) {
        const kernel = constrainedLangevin({ ...options, constraintSolver });
        const [end, info] = kernel.step(key(0), { position: together });
        const rows = await rowsOf(end.position);
        for (const i of [0, 1, 3]) {
          const position = tf.slice(together, i, 1);
          const [alone, aloneInfo] = kernel.step(key(0), { position });
          expect((await rowsOf(alone.position))[0]).toEqual(rows[i]);
          treeDispose([alone, aloneInfo, position]);
        }
        expect(Array.from(await info.finite.data())).toEqual([1, 1, 0, 1]);
        treeDispose([end, info]);
      }
      together.dispose();
    });

    it('stays put where the constraint has no normal', async () => {
      const position = tf.tensor2d([
        [0, 0],
        [1, 0],
      ]);
      const kernel = constrainedLangevin({ constraint: unitSphere, noiseScale: 0.1 });
      const [end, info] = kernel.step(key(0), { position });
      expect((await rowsOf(end.position))[0]).toEqual([0, 0]);
      expect(Array.from(await info.accepted.data())).toEqual([0, 1]);
      treeDispose([end, info]);
      const doubled: Constraint = (x) => tf.concat([unitSphere(x), unitSphere(x)], 1);
      const rankDeficient = constrainedLangevin({ constraint: doubled, noiseScale: 0.1 });
      const [stuck, report] = rankDeficient.step(key(0), { position });
      expect(await rowsOf(stuck.position)).toEqual([
        [0, 0],
        [1, 0],
      ]);
      treeDispose([stuck, report, position]);
    });

    it('goes nowhere where the constraint is not a number, accepting or not', async () => {
      const root: Constraint = (x) => tf.sub(tf.sqrt(tf.slice(x, [0, 0], [-1, 1])), 0.1);
      const position = tf.tensor2d([[0.01, 3]]);
      for (const onFailure of ['keepPrevious', 'accept'] as const) {
        const kernel = constrainedLangevin({
          constraint: root,
          energy: (x) => tf.sum(tf.mul(x, 100), 1),
          noiseScale: 0,
          stepSize: 1,
          gradClamp: null,
          onFailure,
        });
        const [end, info] = kernel.step(key(0), { position });
        expect(await end.position.data()).toEqual(await position.data());
        expect(Array.from(await info.accepted.data())).toEqual([0]);
        treeDispose([end, info]);
      }
      position.dispose();
    });

    it('does not leave the box, unless clamping is asked for, and may come back into it', async () => {
      const bounds = { lower: [-2, -0.5], upper: [2, 2] };
      const starts = repeat([1, 0], 300);
      const options = { constraint: unitSphere, noiseScale: 0.4, bounds };
      const kernel = constrainedLangevin(options);
      const [end, info] = runSteps(kernel, key(0), { position: starts }, 12);
      const rows = await rowsOf(end.position);
      expect(Math.min(...rows.map(([, y]) => y))).toBeGreaterThanOrEqual(-0.5);
      rows.forEach(([x, y]) => expect(Math.hypot(x, y)).toBeCloseTo(1, 4));
      const clamping = constrainedLangevin({ ...options, outOfBounds: 'clamp' });
      const [clamped, clampedInfo] = runSteps(clamping, key(0), { position: starts }, 12);
      const lowest = (await rowsOf(clamped.position)).filter(([, y]) => y === -0.5);
      expect(lowest.length).toBeGreaterThan(10);
      expect(lowest.some(([x, y]) => Math.abs(Math.hypot(x, y) - 1) > 0.01)).toBe(true);
      const outside = tf.tensor2d([[0, -1]]);
      const [back, backInfo] = kernel.step(key(0), { position: outside });
      expect((await rowsOf(back.position))[0]).not.toEqual([0, -1]);
      treeDispose([end, info, clamped, clampedInfo, back, backInfo, outside, starts]);
    });

    it('reads no tensor but the condition of its loop', () => {
      const reads = [vi.spyOn(tf.Tensor.prototype, 'dataSync'), vi.spyOn(tf.Tensor.prototype, 'data')];
      const starts = repeat([1, 0], 5);
      const kernel = constrainedLangevin({ constraint: unitSphere, noiseScale: 0.1 });
      const [end, info] = kernel.step(key(0), { position: starts });
      for (const read of reads) {
        const shapes = read.mock.contexts.map((tensor) => (tensor as tf.Tensor).shape);
        expect(shapes.every((shape) => shape.length === 0)).toBe(true);
        read.mockRestore();
      }
      expectNoLeak(() => runSteps(kernel, key(0), { position: starts }, 3));
      treeDispose([end, info, starts]);
    });
  });
});

describe('constrainedLangevin options', () => {
  const constraint = unitSphere;
  it.each([
    { noiseScale: -1 },
    { tolerance: 0 },
    { bounds: { lower: 1, upper: 0 } },
    { noiseScale: 0, constraintSolver: lbfgs() },
    { noiseScale: 0, constraintSolver: gradientDescent() },
  ])('refuses %j', (options) => {
    expect(() => constrainedLangevin({ constraint, ...options })).toThrow(ConfigError);
  });

  it('refuses unknown choices and names the right ones', () => {
    const onFailure = 'ignore' as 'accept';
    const outOfBounds = 'wrap' as 'clamp';
    expect(() => constrainedLangevin({ constraint, onFailure })).toThrow(/keepPrevious, accept/);
    expect(() => constrainedLangevin({ constraint, outOfBounds })).toThrow(/reject, clamp/);
  });

  it.each([
    () => newton({ tolerance: 0 }),
    () => newton({ maxIterations: 0 }),
    () => quasiNewton({ tolerance: -1 }),
    () => quasiNewton({ maxIterations: 1.5 }),
    () => lbfgs({ steps: 0 }),
    () => lbfgs({ chunkSize: 0 }),
    () => gradientDescent({ learningRate: 0 }),
    () => gradientDescent({ steps: 0 }),
    () => gradientDescent({ momentum: 2 }),
  ])('refuses bad solver options: %s', (make) => {
    expect(make).toThrow(ConfigError);
  });

  it('refuses a point without batch axis and an empty batch', () => {
    const kernel = constrainedLangevin({ constraint });
    const [point, empty] = [tf.ones([2]), tf.zeros([0, 2])];
    expect(() => kernel.init(point)).toThrow(/batch axis/);
    expect(() => kernel.init(empty)).toThrow(/at least one chain/);
    tf.dispose([point, empty]);
  });

  it('refuses a constraint that returns [batch] instead of [batch, 1]', () => {
    const flatConstraint = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(x), 1);
    const kernel = constrainedLangevin({ constraint: flatConstraint });
    const position = tf.ones([3, 2]);
    expectNoLeak(() => {
      expect(() => kernel.step(key(0), { position })).toThrow(/\[3, k\]/);
    });
    position.dispose();
  });
});
