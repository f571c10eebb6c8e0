import { energyModel } from '@ebim/ebm';
import { mlp } from '@ebim/nn';
import { key, treeDispose, useBackend } from '@ebim/runtime';
import { newton } from '@ebim/samplers';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { adam, batches, fit } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { circle, sphere } from '../analytic/sphere.js';
import { constrainedEbm } from './constrained-ebm.js';
import { coveringPoints } from './covering-points.js';

const bounds = { lower: -1.5, upper: 1.5 };

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('covers a sphere: every point on it, in the box, on all sides', async () => {
    const { constraint } = sphere();
    const { points, failed } = await coveringPoints(constraint, {
      count: 500,
      key: key(1),
      bounds,
      dimension: 3,
      chunkSize: 200,
    });
    expect(points.shape).toEqual([500, 3]);
    expect(failed).toBeLessThan(0.05);
    const value = constraint(points);
    expect(Math.max(...(await value.data()).map(Math.abs))).toBeLessThan(2e-5);
    const octants = new Set(
      ((await points.array()) as number[][]).map((p) => p.map((c) => (c > 0 ? 1 : 0)).join('')),
    );
    expect(octants.size).toBe(8);
    tf.dispose([points, value]);
  });

  it('says when there is no manifold', async () => {
    const never = (x: tf.Tensor) => tf.tidy(() => tf.add(tf.sum(tf.square(x), 1, true), 1));
    await expect(
      coveringPoints(never, { count: 10, key: key(0), bounds, dimension: 2 }),
    ).rejects.toMatchObject({ code: 'empty-manifold' });
  });

  it('keeps its chains on the manifold and takes steps without a leak', async () => {
    const { constraint } = circle();
    const starts = await coveringPoints(constraint, { count: 50, key: key(1), bounds, dimension: 2 });
    const trainer = constrainedEbm({
      constraint,
      model: energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [8] })),
      optimizer: adam({ learningRate: 0.01 }),
      starts: starts.points,
      sampler: { steps: 2, noiseScale: 0.3, constraintSolver: newton() },
      bufferCapacity: 80,
    });
    const state = trainer.init(key(0));
    const { state: next, stats } = trainer.step(key(2), state, starts.points);
    expect(next.buffer.shape).toEqual([80, 2]);
    const value = constraint(next.buffer);
    expect(Math.max(...(await value.data()).map(Math.abs))).toBeLessThan(2e-5);
    expect((await stats['sampler/converged'].data())[0]).toBeGreaterThan(0.9);
    expectNoLeak(() => trainer.step(key(3), state, starts.points));
    treeDispose([state, next, { ...stats }, starts.points, value]);
  });
});

describe('constrained contrastive divergence', () => {
  it('learns a von Mises density on the circle, at temperature one', async () => {
    await useBackend('wasm');
    const { constraint } = circle();
    // Exact quantiles of the density exp(cos t) on a fine grid of the distribution function.
    const grid = Array.from({ length: 4000 }, (_, i) => -Math.PI + (2 * Math.PI * (i + 0.5)) / 4000);
    const mass = grid.map((t) => Math.exp(Math.cos(t)));
    const total = mass.reduce((a, b) => a + b, 0);
    const angles: number[] = [];
    let sum = 0;
    grid.forEach((t, i) => {
      sum += mass[i] / total;
      while (angles.length < 400 && sum > (angles.length + 0.5) / 400) angles.push(t);
    });
    const points = tf.tensor2d(angles.map((t) => [Math.cos(t), Math.sin(t)]));
    const starts = await coveringPoints(constraint, { count: 500, key: key(1), bounds, dimension: 2 });
    const model = energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [16] }));
    const trainer = constrainedEbm({
      constraint,
      model,
      optimizer: adam({ learningRate: 0.01 }),
      starts: starts.points,
      sampler: { steps: 5, noiseScale: 0.4, gradClamp: null },
      magnitudeWeight: 0.02,
      bufferCapacity: 500,
    });
    const { state } = await fit({
      ...trainer,
      data: batches(points, { batchSize: 100, shuffle: true }),
      epochs: 60,
      key: key(2),
    });
    const around = tf.tensor2d(grid.map((t) => [Math.cos(t), Math.sin(t)]));
    const energies = model.energy(state.params, around);
    const weights = [...(await energies.data())].map((energy) => Math.exp(-energy));
    const norm = weights.reduce((a, b) => a + b, 0);
    const moment = (f: (t: number) => number) =>
      grid.reduce((acc, t, i) => acc + (f(t) * weights[i]) / norm, 0);
    // Exact moments of exp(cos t): I1(1) / I0(1) = 0.4464, 0, I2(1) / I0(1) = 0.1072. Uniform: 0, 0, 0.
    expect(Math.abs(moment(Math.cos) - 0.4464)).toBeLessThan(0.15);
    expect(Math.abs(moment(Math.sin))).toBeLessThan(0.15);
    expect(Math.abs(moment((t) => Math.cos(2 * t)) - 0.1072)).toBeLessThan(0.15);
    treeDispose([state, points, starts.points, around, energies]);
  });
});
