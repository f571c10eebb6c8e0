import { key, permutationArray, split, treeDispose, useBackend } from '@ebim/runtime';
import { sphere } from '@ebim/implicit';
import { pointsOf } from '@ebim/datasets';
import { installLeakGuard } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { fitEnergy, splitNodes } from './fit-energy.js';
import { knownSurface, ontoSurface, tenths, uniformOnMesh } from './surface.js';

describe('surfaces of the likelihood benchmarks', () => {
  beforeAll(() => useBackend('wasm'));
  installLeakGuard();

  it('splits into tenths that share no row', () => {
    const points = pointsOf(
      Float64Array.from({ length: 103 }, (_, i) => i),
      1,
    );
    const { test, valid, train } = tenths(points, permutationArray(key(1), 103));
    expect([test.rows, valid.rows, train.rows]).toEqual([10, 10, 83]);
    expect(new Set([...test.data, ...valid.data, ...train.data]).size).toBe(103);
  });

  it('draws from a mesh by area and moves points onto the manifold', async () => {
    // An octahedron whose upper half counts three times: half of a unit sphere gets three quarters of the points.
    const mesh = {
      vertices: Float64Array.of(1, 0, 0, 0, 1, 0, -1, 0, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1),
      triangles: Uint32Array.of(0, 1, 4, 1, 2, 4, 2, 3, 4, 3, 0, 4, 1, 0, 5, 2, 1, 5, 3, 2, 5, 0, 3, 5),
    };
    const areas = [3, 3, 3, 3, 1, 1, 1, 1];
    const points = uniformOnMesh(mesh, areas, sphere().constraint, 4000, key(2));
    const rows = (await points.array()) as number[][];
    for (const row of rows) expect(Math.hypot(...row)).toBeCloseTo(1, 4);
    const above = rows.filter((row) => row[2] > 0).length / 4000;
    // Five standard errors.
    expect(Math.abs(above - 0.75)).toBeLessThan(0.035);
    points.dispose();
  });

  it('says how far points were moved', async () => {
    const points = tf.tensor2d([
      [0, 0, 1.5],
      [1, 0, 0],
    ]);
    const moved = await ontoSurface(sphere().constraint, points);
    expect([...moved.distances].map((d) => Number(d.toFixed(4)))).toEqual([0.5, 0]);
    expect(moved.lost).toBe(0);
    treeDispose([points, moved.points]);
  });

  it('counts points that do not reach the surface', async () => {
    // Constant left of 0, from where nothing leads to the plane x = 1 that the others are on.
    const half = (x: tf.Tensor) =>
      tf.tidy(() => {
        const first = tf.slice(x, [0, 0], [-1, 1]);
        return tf.where(tf.less(first, 0), tf.onesLike(first), tf.sub(first, 1));
      });
    const points = tf.tensor2d([
      [-3, 0, 0],
      [1, 0, 0],
      [1, 2, 0],
      [1, 0, 2],
    ]);
    const moved = await ontoSurface(half, points);
    expect(moved.lost).toBe(0.25);
    treeDispose([points, moved.points]);
  });

  it('integrates results over points that training has not seen', async () => {
    const surface = knownSurface('sphere', 900, key(1));
    const centres = knownSurface('sphere', 50, key(2)).uniform;
    const settings = { nodeScales: [0.2], nodes: 600 };
    const nodes = await splitNodes(surface, centres, settings, split(key(3), 3));
    const rows = async ({ points }: { points: tf.Tensor }) =>
      ((await points.array()) as number[][]).map((row) => row.join());
    const [train, valid, test] = [await rows(nodes.train), await rows(nodes.valid), await rows(nodes.test)];
    const seen = new Set(train);
    expect([...valid, ...test].filter((row) => seen.has(row))).toEqual([]);
    expect(test.filter((row) => valid.includes(row))).toEqual([]);
    treeDispose([surface.uniform, centres, nodes]);
  });

  it('finds the likelihood of uniform points, log 4 pi, and not less', async () => {
    const surface = knownSurface('sphere', 3000, key(1));
    const data = {
      train: knownSurface('sphere', 600, key(2)).uniform,
      valid: knownSurface('sphere', 200, key(3)).uniform,
      test: knownSurface('sphere', 400, key(4)).uniform,
    };
    const settings = {
      frequencies: [1],
      nodeScales: [0.3],
      kernelScales: [0.3, 0.6],
      nodes: 3000,
      steps: 60,
      batchSize: 200,
    };
    const scores = await fitEnergy(surface, data, settings, key(5));
    for (const { test } of [scores.kernel, scores.energy, scores.network])
      expect(Math.abs(test - Math.log(4 * Math.PI))).toBeLessThan(0.12);
    expect(Math.abs(scores.areaRatio - 1)).toBeLessThan(0.05);
    treeDispose([surface.uniform, data]);
  });
});
