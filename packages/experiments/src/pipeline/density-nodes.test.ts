import { circle, sphere } from '@ebim/implicit';
import { key, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyOverrides } from '../config/overrides.js';
import { projectedNormal } from '../definitions/projected-normal.js';
import { vonMises } from '../definitions/von-mises.js';
import { learnedLevelSet } from '../evaluation/level-set.js';
import { chainStarts } from './chain-starts.js';
import { densityNodes } from './density-nodes.js';
import { trainDensity } from './train-density.js';
import { uniformOnLevelSet } from './uniform-on-level-set.js';

const plane = vonMises.config('corrected', false);
const space = applyOverrides(projectedNormal.config('corrected', false), ['evaluation.meshResolution=24']);
const { constraint } = circle();

/** Angles whose density along the circle is proportional to 1 + cos / 2, in order, as points. */
const dented = (count: number): tf.Tensor => {
  const rows: number[][] = [];
  let angle = -Math.PI;
  for (let i = 0; i < count; i++) {
    const share = (i + 0.5) / count;
    while ((angle + Math.PI + Math.sin(angle) / 2) / (2 * Math.PI) < share) angle += 1e-4;
    rows.push([Math.cos(angle), Math.sin(angle)]);
  }
  return tf.tensor2d(rows);
};

beforeAll(() => useBackend('wasm'));

describe('uniformOnLevelSet', () => {
  installLeakGuard();

  it('spreads points over a curve and over a surface by length and area', async () => {
    for (const [config, manifold] of [
      [plane, circle()],
      [space, sphere()],
    ] as const) {
      const levelSet = await learnedLevelSet(config, manifold.constraint);
      if (levelSet === null) throw new Error('expected a level set');
      const points = uniformOnLevelSet(levelSet, manifold.constraint, 2000, key(1));
      const rows = (await points.array()) as number[][];
      points.dispose();
      for (const row of rows) expect(Math.hypot(...row)).toBeCloseTo(1, 4);
      // Mean square of a coordinate is 1 / n, and the first coordinate of a sphere is uniform (Archimedes).
      const n = rows[0].length;
      for (let d = 0; d < n; d++)
        expect(Math.abs(rows.reduce((sum, row) => sum + row[d] ** 2, 0) / 2000 - 1 / n)).toBeLessThan(0.02);
    }
  });
});

describe('densityNodes', () => {
  installLeakGuard();

  it('integrates along the curve, whole and weighted', async () => {
    const config = applyOverrides(plane, ['density.nodes.count=4000']);
    const points = dented(100);
    const nodes = await densityNodes(config, constraint, points, key(1));
    const [length, second] = tf.tidy(() => {
      const weights = tf.exp(nodes.logWeights);
      const x = tf.squeeze(tf.slice(nodes.points, [0, 0], [-1, 1]), [1]);
      return [tf.sum(weights).dataSync()[0], tf.sum(tf.mul(weights, tf.square(x))).dataSync()[0]];
    });
    expect(Math.abs(length / (2 * Math.PI) - 1)).toBeLessThan(0.04);
    expect(Math.abs(second / Math.PI - 1)).toBeLessThan(0.06);
    treeDispose([nodes, points]);
  });

  it('says so when there is no manifold', async () => {
    const points = dented(10);
    const never = (x: tf.Tensor): tf.Tensor => tf.add(constraint(x), 3);
    await expect(densityNodes(plane, never, points, key(1))).rejects.toMatchObject({
      code: 'empty-manifold',
    });
    points.dispose();
  });
});

describe('trainDensity, calibrated', () => {
  installLeakGuard();

  it.each([
    ['nodes', ['density.nodes.count=4000', 'density.nodes.perStep=256', 'density.validationShare=0.1']],
    ['adjustedChains', ['density.sampler.noiseScale=0.6', 'density.bufferCapacity=1000']],
  ] as const)('finds -log p at temperature 1, with %s', async (negatives, more) => {
    const config = applyOverrides(plane, [
      `density.negatives=${negatives}`,
      'density.hidden=[16]',
      'density.epochs=120',
      ...more,
    ]);
    const points = dented(600);
    const { state, history } = await trainDensity(config, constraint, points, points, key(2), {});
    for (const { stats } of history)
      for (const [name, value] of Object.entries(stats)) expect(Number.isFinite(value), name).toBe(true);
    if (negatives === 'nodes') expect(history.at(-1)?.stats['validation']).toBeDefined();

    const { modelsOf } = await import('./models.js');
    const energy = (x: tf.Tensor) => modelsOf(config).energy.energy(state.params, x);
    const angles = Array.from({ length: 360 }, (_, i) => ((i + 0.5) * Math.PI) / 180);
    const ring = tf.tensor2d(angles.map((t) => [Math.cos(t), Math.sin(t)]));
    const values = tf.tidy(() => energy(ring).dataSync());
    const weights = Array.from(values, (e) => Math.exp(-e));
    const total = weights.reduce((a, b) => a + b, 0);
    // E[cos] is 1/4 under 1 + cos / 2.
    const mean = weights.reduce((sum, w, i) => sum + (w / total) * Math.cos(angles[i]), 0);
    expect(Math.abs(mean - 0.25)).toBeLessThan(0.06);

    const starts = await chainStarts({ energy }, state, key(3));
    const across = tf.tidy(() => tf.mean(starts, 0).dataSync()[0]);
    expect(Math.abs(across - 0.25)).toBeLessThan(0.12);
    treeDispose([state, points, ring, starts]);
  });
});
