import * as tf from '@tensorflow/tfjs';
import { key, split, treeDispose, useBackend } from '@ebim/runtime';
import { TEST_BACKENDS, installLeakGuard, useTestBackends } from '@ebim/testing';
import { describe, expect, it } from 'vitest';
import { runSteps } from '../chains/run-steps.js';
import type { ChainState } from '../kernel.js';
import { flatTorus, torus, unitSphere } from '../test-constraints.js';
import { chiSquare, chiSquareLimit, histogram, repeat, rowsOf, uniformCircle } from '../test-support.js';
import { constrainedLangevin, type ConstrainedLangevinOptions } from './constrained-langevin.js';

const GRID = 240;
const angleOf = (i: number): number => -Math.PI + (2 * Math.PI * (i + 0.5)) / GRID;

/**
 * The law on a grid of angles after some steps from the uniform one: a step from t goes to t + asin(d) with
 * d ~ N(-noiseScale^2 / 2 * kappa * sin t, noiseScale^2), or nowhere if |d| > 1.
 */
function vonMisesChain(kappa: number, noiseScale: number, steps: number): number[] {
  let law = Array.from({ length: GRID }, () => 1 / GRID);
  const cell = (2 * Math.PI) / GRID;
  for (let step = 0; step < steps; step++) {
    const next = law.map(() => 0);
    law.forEach((mass, i) => {
      let moved = 0;
      for (let offset = -GRID / 4; offset <= GRID / 4; offset++) {
        const turn = offset * cell;
        const drift = (noiseScale ** 2 / 2) * kappa * Math.sin(angleOf(i));
        const z = (Math.sin(turn) + drift) / noiseScale;
        const share =
          (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI) / noiseScale) * Math.abs(Math.cos(turn)) * cell;
        next[(i + offset + GRID) % GRID] += mass * share;
        moved += share;
      }
      next[i] += mass * Math.max(0, 1 - moved);
    });
    law = next;
  }
  return law;
}

/** A law on the grid as probabilities of equal bins. */
function coarse(law: readonly number[], bins: number): number[] {
  const total = law.reduce((sum, mass) => sum + mass, 0);
  const per = law.length / bins;
  return Array.from(
    { length: bins },
    (_, i) => law.slice(i * per, (i + 1) * per).reduce((sum, mass) => sum + mass, 0) / total,
  );
}

/** Runs a chain, checks its constraint after every step and the rest of its report after every stretch of steps. */
async function runChecked(
  options: ConstrainedLangevinOptions,
  starts: tf.Tensor,
  stretches: number,
  steps: number,
): Promise<{ rows: number[][]; accepted: number }> {
  const kernel = constrainedLangevin(options);
  let state: ChainState = kernel.init(starts);
  let accepted = 0;
  for (const [i, stepKey] of split(key(21), stretches * steps).entries()) {
    const [next, info] = kernel.step(stepKey, state);
    treeDispose(state);
    state = next;
    const value = tf.tidy(() => tf.max(tf.abs(options.constraint(state.position)), 1));
    const violations = await value.data();
    expect(Math.max(...violations), `step ${i}`).toBeLessThanOrEqual(1e-5);
    if ((i + 1) % steps === 0) {
      const reported = await info.constraintViolation.data();
      reported.forEach((v, chain) => expect(Math.abs(v - violations[chain])).toBeLessThan(2e-6));
      expect(Math.max(...(await info.tangentResidual.data()))).toBeLessThan(1e-5);
      expect(Math.min(...(await info.finite.data()))).toBe(1);
      accepted += Array.from(await info.accepted.data()).reduce((sum, flag) => sum + flag, 0);
    }
    treeDispose([info, value]);
  }
  const rows = await rowsOf(state.position);
  treeDispose(state);
  return { rows, accepted: accepted / (stretches * starts.shape[0]) };
}

useTestBackends(TEST_BACKENDS, useBackend, (backend) => {
  /** Chains of a test of a law: the plain JavaScript backend is slow. */
  const many = backend === 'cpu' ? 600 : 2000;

  describe('constrained Langevin with zero energy', () => {
    installLeakGuard();

    it('becomes uniform on the circle', async () => {
      const starts = repeat([1, 0], many);
      const { rows, accepted } = await runChecked({ constraint: unitSphere, noiseScale: 0.4 }, starts, 5, 12);
      const angles = rows.map(([x, y]) => Math.atan2(y, x));
      const counts = histogram(angles, 24, -Math.PI, Math.PI);
      expect(
        chiSquare(
          counts,
          counts.map(() => 1 / 24),
        ),
      ).toBeLessThan(chiSquareLimit(23));
      // A normal that is longer than the radius cannot be projected: P(|z| > 1 / 0.4) = 0.0124.
      expect(accepted).toBeGreaterThan(0.97);
      starts.dispose();
    });

    it('becomes uniform in area on the sphere, whose height is then uniform', async () => {
      const starts = repeat([0, 0, 1], many);
      const { rows } = await runChecked({ constraint: unitSphere, noiseScale: 0.4 }, starts, 3, 12);
      const cells = Array.from({ length: 24 }, () => 0);
      for (const [x, y, z] of rows) {
        const height = Math.min(3, Math.floor(2 * (z + 1)));
        const side = Math.min(5, Math.floor((3 * (Math.atan2(y, x) + Math.PI)) / Math.PI));
        cells[6 * height + side]++;
      }
      expect(
        chiSquare(
          cells,
          cells.map(() => 1 / 24),
        ),
      ).toBeLessThan(chiSquareLimit(23));
      starts.dispose();
    });

    it('becomes uniform in area on the torus: more outside than inside', async () => {
      // Every tube angle at 0, the outer equator; the axis angle is uniform from the start.
      const starts = tf.tidy(() => {
        const circle = tf.mul(uniformCircle(key(8), 1500), 4);
        return tf.concat([circle, tf.zeros([1500, 1])], 1);
      });
      const { rows } = await runChecked({ constraint: torus, noiseScale: 0.45 }, starts, 3, 16);
      const tube = rows.map(([x, y, z]) => Math.atan2(z, Math.hypot(x, y) - 3));
      const bins = 16;
      const edge = (i: number): number => -Math.PI + (2 * Math.PI * i) / bins;
      // The area between two tube angles is the integral of 3 + cos, over 2 pi * 3.
      const area = (t: number): number => (3 * t + Math.sin(t)) / (6 * Math.PI);
      const exact = Array.from({ length: bins }, (_, i) => area(edge(i + 1)) - area(edge(i)));
      const counts = histogram(tube, bins, -Math.PI, Math.PI);
      expect(chiSquare(counts, exact)).toBeLessThan(chiSquareLimit(bins - 1));
      // The test can tell area from angle: uniform tube angles would fail.
      expect(
        chiSquare(
          exact.map((p) => 1500 * p),
          exact.map(() => 1 / bins),
        ),
      ).toBeGreaterThan(chiSquareLimit(bins - 1));
      starts.dispose();
    });

    it('becomes uniform on a torus of codimension 2', async () => {
      const starts = repeat([1, 0, 0, 1], many / 2);
      const { rows } = await runChecked({ constraint: flatTorus, noiseScale: 0.5 }, starts, 3, 12);
      const cells = Array.from({ length: 16 }, () => 0);
      const quarter = (x: number, y: number): number =>
        Math.min(3, Math.floor((2 * (Math.atan2(y, x) + Math.PI)) / Math.PI));
      for (const [x, y, z, w] of rows) cells[4 * quarter(x, y) + quarter(z, w)]++;
      expect(
        chiSquare(
          cells,
          cells.map(() => 1 / 16),
        ),
      ).toBeLessThan(chiSquareLimit(15));
      starts.dispose();
    });

    it('moves by noiseScale in the tangent directions', async () => {
      const starts = repeat([0, 0, 1], 4000);
      const kernel = constrainedLangevin({ constraint: unitSphere, noiseScale: 0.01 });
      const [end, info] = kernel.step(key(2), { position: starts });
      const rows = await rowsOf(end.position);
      for (const axis of [0, 1]) {
        const variance = rows.reduce((sum, row) => sum + row[axis] ** 2, 0) / rows.length;
        expect(Math.abs(variance / 1e-4 - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000));
      }
      treeDispose([end, info, starts]);
    });
  });

  describe('constrained Langevin with a von Mises energy on the circle', () => {
    installLeakGuard();
    const [kappa, bins] = [2, 24];
    const angles = async (noiseScale: number, steps: number, count: number): Promise<number[]> => {
      const kernel = constrainedLangevin({
        constraint: unitSphere,
        energy: (x) => tf.mul(tf.squeeze(tf.slice(x, [0, 0], [-1, 1]), [1]), -kappa),
        noiseScale,
        gradClamp: null,
      });
      const starts = uniformCircle(key(6), count);
      const [end, info] = runSteps(kernel, key(7), { position: starts }, steps);
      const rows = await rowsOf(end.position);
      treeDispose([end, info, starts]);
      return rows.map(([x, y]) => Math.atan2(y, x));
    };

    it('has the law of its discretisation, step by step', async () => {
      const [noiseScale, steps] = [0.4, 12];
      const counts = histogram(await angles(noiseScale, steps, many), bins, -Math.PI, Math.PI);
      const exact = coarse(vonMisesChain(kappa, noiseScale, steps), bins);
      expect(chiSquare(counts, exact)).toBeLessThan(chiSquareLimit(bins - 1));
    });

    it('tends to the von Mises density as the step shrinks', async () => {
      const target = coarse(
        Array.from({ length: GRID }, (_, i) => Math.exp(kappa * Math.cos(angleOf(i)))),
        bins,
      );
      const found = await Promise.all([1, 0.5].map((noiseScale) => angles(noiseScale, 40, many)));
      const meanCosine = (values: number[]): number =>
        values.reduce((sum, angle) => sum + Math.cos(angle), 0) / values.length;
      // I_1(2) / I_0(2)
      const errors = found.map((values) => Math.abs(meanCosine(values) - 0.6977746));
      expect(errors[1]).toBeLessThan(errors[0] / 2);
      const fine = histogram(await angles(0.25, 110, many), bins, -Math.PI, Math.PI);
      expect(chiSquare(fine, target)).toBeLessThan(chiSquareLimit(bins - 1));
      const rough = histogram(found[0], bins, -Math.PI, Math.PI);
      expect(chiSquare(rough, target)).toBeGreaterThan(chiSquareLimit(bins - 1));
    });
  });
});
