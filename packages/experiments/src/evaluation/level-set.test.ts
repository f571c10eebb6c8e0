import { circle, ellipsoid, sphere, torus } from '@ebim/implicit';
import { useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import type { Constraint } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EbimConfig } from '../config/schema.js';
import { vonMises } from '../definitions/von-mises.js';
import { learnedLevelSet, type LevelSet } from './level-set.js';

const base = vonMises.config('corrected', false);

/** A configuration for a level set in a cube. */
const inCube = (n: number, half: number, meshResolution: number, manifoldDimension = n - 1): EbimConfig => {
  const box = { lower: Array<number>(n).fill(-half), upper: Array<number>(n).fill(half) };
  return {
    ...base,
    manifoldDimension,
    bounds: box,
    evaluation: { ...base.evaluation, meshBox: box, meshResolution },
  };
};

async function cut(constraint: Constraint, config: EbimConfig): Promise<LevelSet> {
  const found = await learnedLevelSet(config, constraint);
  expect(found).not.toBeNull();
  return found as LevelSet;
}

const plane = inCube(2, 2.5, 60);
const space = inCube(3, 4.2, 40);

/** Zero where either of two functions is. */
const union =
  (a: Constraint, b: Constraint): Constraint =>
  (x) =>
    tf.mul(a(x), b(x));

beforeAll(async () => {
  await useBackend('wasm');
});

describe('learnedLevelSet', () => {
  installLeakGuard();

  it('finds one closed loop of a circle', async () => {
    const set = await cut(circle().constraint, plane);
    expect(set.kind).toBe('curve');
    expect(set.crosses).toBe(true);
    expect(set.topology).toEqual({ components: 1, closed: true, closedLoops: 1, eulerCharacteristic: 0 });
    expect(set.volume).toBeCloseTo(2 * Math.PI, 1);
    expect(set.elements.reduce((a, b) => a + b, 0)).toBeCloseTo(set.volume, 9);
    expect(set.centres.rows).toBe(set.elements.length);
    for (let i = 0; i < set.vertices.rows; i++)
      expect(Math.hypot(...set.vertices.data.subarray(2 * i, 2 * i + 2))).toBeCloseTo(1, 4);
  });

  it('finds two closed loops of two circles, beside and inside each other', async () => {
    const beside = union(circle({ center: [-1.2, 0] }).constraint, circle({ center: [1.2, 0] }).constraint);
    const inside = union(circle({ radius: 0.6 }).constraint, circle({ radius: 2 }).constraint);
    for (const constraint of [beside, inside]) {
      const { topology } = await cut(constraint, plane);
      expect(topology).toMatchObject({ components: 2, closed: true, closedLoops: 2 });
    }
    expect((await cut(inside, plane)).volume).toBeCloseTo(2 * Math.PI * 2.6, 1);
  });

  it('sees that a curve is open at the box', async () => {
    const line: Constraint = (x) => tf.slice(x, [0, 1], [-1, 1]);
    const { topology, volume } = await cut(line, plane);
    expect(topology).toEqual({ components: 1, closed: false, closedLoops: 0, eulerCharacteristic: 1 });
    expect(volume).toBeCloseTo(5, 3);
    const half = await cut(circle({ center: [2.5, 0] }).constraint, plane);
    expect(half.topology.closed).toBe(false);
    expect(half.volume).toBeCloseTo(Math.PI, 1);
  });

  it.each([
    { name: 'sphere', manifold: sphere({ radius: 2 }), chi: 2 },
    { name: 'torus', manifold: torus(), chi: 0 },
    { name: 'ellipsoid', manifold: ellipsoid([1, 2, 3]), chi: 2 },
  ])('finds Euler characteristic $chi and the area of a $name', async ({ manifold, chi }) => {
    const set = await cut(manifold.constraint, space);
    expect(set.kind).toBe('surface');
    expect(set.topology).toEqual({
      components: 1,
      closed: true,
      closedLoops: 0,
      eulerCharacteristic: chi,
    });
    expect(Math.abs(set.volume / manifold.volume - 1)).toBeLessThan(0.02);
    expect(set.elements.reduce((a, b) => a + b, 0)).toBeCloseTo(set.volume, 6);
  });

  it('counts two spheres, and a sphere cut by the box as open', async () => {
    const two = union(
      sphere({ center: [-2, 0, 0] }).constraint,
      sphere({ center: [2, 0, 0], radius: 1.5 }).constraint,
    );
    expect((await cut(two, space)).topology).toMatchObject({ components: 2, eulerCharacteristic: 4 });
    const open = await cut(sphere({ center: [0, 0, 4.2], radius: 2 }).constraint, space);
    expect(open.topology).toMatchObject({ components: 1, closed: false, eulerCharacteristic: 1 });
  });

  it('says so when F does not change sign', async () => {
    const square: Constraint = (x) => tf.square(circle().constraint(x));
    expect((await cut(square, plane)).crosses).toBe(false);
    const positive: Constraint = (x) => tf.add(circle().constraint(x), 1);
    expect((await cut(positive, plane)).crosses).toBe(false);
    const constant: Constraint = (x) => tf.zeros([x.shape[0], 1]);
    const none = await cut(constant, plane);
    expect(none.crosses).toBe(false);
    expect(none.topology.closedLoops).toBe(0);
  });

  it('is null for what is no curve of the plane and no surface of space', async () => {
    const any: Constraint = (x) => x;
    expect(await learnedLevelSet(inCube(3, 1, 8, 1), any)).toBeNull();
    expect(await learnedLevelSet(inCube(4, 1, 8), any)).toBeNull();
    expect(await learnedLevelSet(inCube(4, 1, 8, 2), any)).toBeNull();
  });
});
