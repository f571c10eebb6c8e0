import { key, useBackend } from '@ebim/runtime';
import { installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { circle, sphere } from '../analytic/sphere.js';
import { torus } from '../analytic/torus.js';
import { intersection, union } from './combine.js';
import { implicitManifold, type ImplicitManifold } from './implicit-manifold.js';
import { logDensity, mixtureEnergy } from './mixture.js';
import { normalised } from './normalised.js';
import { rankReport } from './rank-report.js';
import { coverManifold, sampleManifold } from './sample-manifold.js';
import { scale, translate } from './transforms.js';

const ball = implicitManifold(sphere());
const unknown = (manifold: Parameters<typeof implicitManifold>[0]) =>
  implicitManifold({ ...manifold, volume: undefined });
const along =
  (axis: number, factor: number) =>
  (x: tf.Tensor): tf.Tensor =>
    tf.mul(tf.reshape(tf.slice(x, [0, axis], [-1, 1]), [-1]), -factor);
const box = { lower: -2, upper: 2 };
/** Fewer points than by default, so that the tests are quick; standard errors are 2 to 3 %. */
const small = { coverSize: 500, samples: 12_000 };
/** I0(1) and I1(1) / I0(1). */
const [BESSEL, RATIO] = [1.2660658777520084, 0.446389965896534];

/** log Z of the only component against the exact value, in standard errors and as such. */
async function expectLogZ(manifold: ImplicitManifold, exact: number, bounds = box): Promise<void> {
  const [{ logZ, logZError }] = (await normalised(manifold, { ...small, bounds, key: key(1) })).components;
  expect(logZError).toBeGreaterThan(0.001);
  expect(logZError).toBeLessThan(0.04);
  expect(Math.abs((logZ ?? NaN) - exact)).toBeLessThan(4 * (logZError ?? NaN));
}

/** Density at points. */
async function densityAt(manifold: ImplicitManifold, rows: number[][]): Promise<number[]> {
  const values = tf.tidy(() => tf.exp(logDensity(manifold, tf.tensor2d(rows))));
  const data = [...(await values.data())];
  values.dispose();
  return data;
}

describe('normalised', () => {
  beforeAll(async () => void (await useBackend('wasm')));
  installLeakGuard();

  it('finds areas and lengths: sphere, torus, the circle of two spheres, points of three', async () => {
    await expectLogZ(unknown(sphere()), Math.log(4 * Math.PI));
    await expectLogZ(scale(unknown(sphere()), 0.5), Math.log(Math.PI));
    await expectLogZ(unknown(torus()), Math.log(12 * Math.PI ** 2), { lower: -4.2, upper: 4.2 });
    const pair = intersection(translate(ball, [-0.5, 0, 0]), translate(ball, [0.5, 0, 0]));
    await expectLogZ(pair, Math.log(2 * Math.PI * Math.sqrt(0.75)));
    await expectLogZ(intersection(pair, translate(ball, [0, 0.4, 0])), Math.log(2));
  });

  it('counts only what lies in the box', async () => {
    await expectLogZ(unknown(sphere()), Math.log(2 * Math.PI), { lower: -2, upper: [2, 2, 0] as never });
  });

  it('integrates an energy: I0 on the torus, the sum of both on an intersection', async () => {
    const lifted = implicitManifold(torus(), { energy: along(2, 1) });
    await expectLogZ(lifted, Math.log(12 * Math.PI ** 2 * BESSEL), { lower: -4.2, upper: 4.2 });
    const [left, right] = [-0.5, 0.5].map((x) =>
      translate(implicitManifold(sphere(), { energy: along(1, 0.5 / Math.sqrt(0.75)) }), [x, 0, 0]),
    );
    await expectLogZ(intersection(left, right), Math.log(2 * Math.PI * Math.sqrt(0.75) * BESSEL));
  });

  it('gives the pieces of an intersection with a union the shares of the product rule', async () => {
    // Spheres of radius 1 and 1/2 about points of the first axis, cut by the plane-like sphere of radius 1 about the
    // origin: circles of radius sqrt(1 - a^2).
    const pair = union([translate(ball, [1, 0, 0]), scale(translate(ball, [-2, 0, 0]), 0.5)], {
      weights: [1, 3],
    });
    const cut = await normalised(intersection(pair, ball), { ...small, bounds: box, key: key(2) });
    // x = 1/2 for the first; for the second x^2 + r^2 = 1 and (x + 1)^2 + r^2 = 1/4 give x = -7/8.
    const lengths = [0.5, -7 / 8].map((x) => 2 * Math.PI * Math.sqrt(1 - x * x));
    const masses = [lengths[0] / (4 * Math.PI), (3 * lengths[1]) / Math.PI];
    const share = masses[0] / (masses[0] + masses[1]);
    expect(Math.abs((cut.components[0].share ?? NaN) - share)).toBeLessThan(0.02);
    expect((cut.components[0].share ?? 0) + (cut.components[1].share ?? 0)).toBeCloseTo(1, 12);
    cut.components.forEach(({ logZ }, i) =>
      expect(Math.abs((logZ ?? NaN) - Math.log(lengths[i]))).toBeLessThan(0.1),
    );

    // Moves keep the shares; a further cut starts from their factors.
    const moved = scale(translate(cut, [3, 0, 0]), 2);
    expect(moved.components.map((c) => c.share)).toEqual(cut.components.map((c) => c.share));
    const density = await densityAt(moved, [
      [7, 2 * Math.sqrt(0.75), 0],
      [4.25, 0, 2 * Math.sqrt(1 - 49 / 64)],
    ]);
    expect(Math.abs(density[0] / (share / (2 * lengths[0])) - 1)).toBeLessThan(0.1);
    expect(Math.abs(density[1] / ((1 - share) / (2 * lengths[1])) - 1)).toBeLessThan(0.1);
    const bottom = intersection(cut, translate(unknown(sphere()), [0, 0.4, 0]));
    expect(bottom.components.map(({ logFactor }) => logFactor !== null)).toEqual([true, true]);
  });

  it('keeps what is known, and drops pieces that are empty', async () => {
    const same = await normalised(ball, { bounds: box, key: key(3) });
    expect(same.components[0]).toEqual(ball.components[0]);
    const pair = union(translate(ball, [0.5, 0, 0]), translate(ball, [9, 0, 0]));
    const cut = await normalised(intersection(pair, ball), { bounds: box, key: key(4), samples: 5000 });
    expect(cut.components.map(({ share }) => share)).toEqual([1, 0]);
    expect(cut.components[1].logZ).toBe(-Infinity);
    const [density] = await densityAt(cut, [[0.25, Math.sqrt(1 - 0.0625), 0]]);
    expect(Math.abs(density * 2 * Math.PI * Math.sqrt(1 - 0.0625) - 1)).toBeLessThan(0.2);
    const { components, points } = await sampleManifold(cut, {
      count: 10,
      bounds: box,
      key: key(5),
      samples: 5000,
    });
    expect(components.every((c) => c === 0)).toBe(true);
    points.dispose();
  });

  it('refuses what has no answer', async () => {
    const options = { bounds: box, key: key(6), samples: 2000, coverSize: 100 };
    const apart = intersection(ball, translate(ball, [5, 0, 0]));
    await expect(normalised(apart, options)).rejects.toMatchObject({ code: 'empty-manifold' });
    const lost = union(unknown(sphere()), unknown(sphere({ center: [9, 0, 0] })));
    await expect(normalised(lost, options)).rejects.toMatchObject({ code: 'empty-manifold' });
    const early = intersection(union(unknown(sphere()), ball), ball);
    await expect(normalised(early, options)).rejects.toMatchObject({ code: 'not-normalised' });
    const line = intersection(ball, translate(ball, [0.5, 0, 0]));
    const mixed = union(await normalised(line, options), ball);
    const cut = intersection(mixed, translate(ball, [0, 0.5, 0]));
    await expect(normalised(cut, options)).rejects.toMatchObject({ code: 'mixed-dimensions' });
    const many = intersection(line, translate(ball, [0, 0.5, 0]), translate(ball, [0, 0, 0.1]));
    await expect(normalised(many, options)).rejects.toMatchObject({ code: 'overdetermined' });
    await expect(normalised(line, { ...options, samples: 3 })).rejects.toMatchObject({ code: 'bad-option' });
    expect(() => mixtureEnergy(cut)).toThrow(/normalised/);
    await expect(sampleManifold(cut, { ...options, count: 5 })).rejects.toMatchObject({
      code: 'not-normalised',
    });
    await expect(sampleManifold(ball, { ...options, count: 0 })).rejects.toMatchObject({
      code: 'bad-option',
    });
  });
});

describe('densities', () => {
  beforeAll(async () => void (await useBackend('wasm')));
  installLeakGuard();

  it('of a union integrate to one, each component to its share', async () => {
    const tilted = implicitManifold(circle(), { energy: along(0, 1), logZ: Math.log(2 * Math.PI * BESSEL) });
    const both = union([tilted, scale(translate(tilted, [6, 0]), 0.5)], { weights: [1, 4] });
    const angles = Array.from({ length: 400 }, (_, i) => (2 * Math.PI * i) / 400);
    const [large, small] = [
      await densityAt(
        both,
        angles.map((a) => [Math.cos(a), Math.sin(a)]),
      ),
      await densityAt(
        both,
        angles.map((a) => [3 + 0.5 * Math.cos(a), 0.5 * Math.sin(a)]),
      ),
    ];
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0) / 400;
    expect(sum(large) * 2 * Math.PI).toBeCloseTo(0.2, 4);
    expect(sum(small) * Math.PI).toBeCloseTo(0.8, 4);
    expect(large[0] / large[200]).toBeCloseTo(Math.exp(2), 3);
    // Energies go with the circle: the same angles have the same relative densities.
    expect(small[0] / small[200]).toBeCloseTo(Math.exp(2), 3);
  });

  it('as energies differ from log densities by the constant of the whole', async () => {
    const tilted = implicitManifold(circle(), { energy: along(0, 1), logZ: 3 });
    const rows = tf.tensor2d([[0.6, 0.8]]);
    const [alone, united] = [mixtureEnergy(tilted)(rows), mixtureEnergy(union(tilted, tilted))(rows)];
    expect((await alone.data())[0]).toBeCloseTo(-0.6, 5);
    expect((await united.data())[0]).toBeCloseTo(-0.6 + 3 + Math.log(2), 5);
    tf.dispose([rows, alone, united]);
  });
});

describe('sampleManifold', () => {
  beforeAll(async () => void (await useBackend('wasm')));
  installLeakGuard();

  it('draws components by their shares, on each its density', async () => {
    const tilted = implicitManifold(circle(), { energy: along(0, 1), logZ: Math.log(2 * Math.PI * BESSEL) });
    const both = union([tilted, translate(tilted, [5, 0])], { weights: [1, 3] });
    const bounds = { lower: [-2, -2], upper: [7, 2] };
    const count = 3000;
    const { points, components } = await sampleManifold(both, {
      ...small,
      count,
      bounds,
      key: key(7),
      steps: 10,
    });
    const rows = await points.array();
    const left = components.filter((c) => c === 0).length;
    // Four standard deviations of the binomial.
    expect(Math.abs(left / count - 0.25)).toBeLessThan(4 * Math.sqrt(0.1875 / count));
    for (const c of [0, 1]) {
      const own = rows.filter((_, i) => components[i] === c).map(([x, y]) => [x - 5 * c, y]);
      for (const [x, y] of own) expect(Math.abs(Math.hypot(x, y) - 1)).toBeLessThan(1e-4);
      const cosine = own.reduce((sum, [x]) => sum + x, 0) / own.length;
      expect(Math.abs(cosine - RATIO)).toBeLessThan(4 * Math.sqrt(0.36 / own.length) + 0.01);
    }
    points.dispose();
  });

  it('reaches pieces that no chain connects, in proportion', async () => {
    // The torus cut by a sphere about a point of its axis plane: two loops would do; here two circles of unequal length.
    const disc = implicitManifold(sphere({ radius: Math.sqrt(9 + 1) }), { energy: along(2, 1) });
    const cut = intersection(implicitManifold(torus()), disc);
    const bounds = { lower: -4.2, upper: 4.2 };
    const { points } = await sampleManifold(cut, { ...small, count: 1500, bounds, key: key(8), steps: 5 });
    // |x|^2 = 10 and (rho - 3)^2 + z^2 = 1 give rho = 3, z = 1 or -1: equal circles, weights e and 1 / e.
    const heights = (await points.array()).map(([, , z]) => z);
    for (const z of heights) expect(Math.abs(Math.abs(z) - 1)).toBeLessThan(1e-3);
    const above = heights.filter((z) => z > 0).length / heights.length;
    const expected = Math.E / (Math.E + 1 / Math.E);
    expect(Math.abs(above - expected)).toBeLessThan(0.04);
    points.dispose();
  });

  it('is a function of its key', async () => {
    const draw = async (seed: number) => {
      const options = { count: 20, bounds: box, key: key(seed), samples: 2000, coverSize: 100, steps: 2 };
      const { points } = await sampleManifold(ball, options);
      const data = [...(await points.data())];
      points.dispose();
      return data;
    };
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
  });

  it('covers every component of a union', async () => {
    const both = union(translate(ball, [-0.5, 0, 0]), translate(ball, [0.5, 0, 0]));
    const { points, components } = await coverManifold(both, { count: 100, bounds: box, key: key(9) });
    (await points.array()).forEach(([x, y, z], i) =>
      expect(Math.abs(Math.hypot(x + (components[i] === 0 ? 0.5 : -0.5), y, z) - 1)).toBeLessThan(1e-4),
    );
    expect(components.filter((c) => c === 0)).toHaveLength(50);
    points.dispose();
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('reports where a union is no manifold, and where an intersection is', async () => {
    const [left, right] = [translate(ball, [-0.5, 0, 0]), translate(ball, [0.5, 0, 0])];
    const meeting = [0, Math.sqrt(0.75), 0];
    const x = tf.tensor2d([meeting, [1.5, 0, 0], [-0.5, 1, 0]]);
    const united = await rankReport(union(left, right), x);
    expect([...united.deficient]).toEqual([0]);
    expect(united.share).toBeCloseTo(1 / 3, 12);
    expect(united.minimum).toBeLessThan(1e-6);
    // |F| of the other sphere times the gradient of length 1: (4 - 1) / 2 and (1 + 1 - 1) / 2.
    expect(united.smallest[1]).toBeCloseTo(1.5, 5);
    expect(united.smallest[2]).toBeCloseTo(0.5, 5);
    // Unit normals (1/2, s, 0) and (-1/2, s, 0) with s^2 = 3/4: singular values sqrt(1 +- 1/2).
    const met = await rankReport(intersection(left, right), x);
    expect(met.smallest[0]).toBeCloseTo(Math.sqrt(0.5), 5);
    // Where both normals are parallel, off the circle.
    expect([...met.deficient]).toEqual([1]);
    // Spheres that only touch: both normals are the same.
    const touching = intersection(translate(ball, [-1, 0, 0]), translate(ball, [1, 0, 0]));
    const origin = tf.zeros([1, 3]);
    expect((await rankReport(touching, origin)).share).toBe(1);
    tf.dispose([x, origin]);
  });

  it('asks of a union in codimension 2 for the rank of its components only', async () => {
    const [left, right] = [translate(ball, [-0.5, 0, 0]), translate(ball, [0.5, 0, 0])];
    const rings = union(
      translate(intersection(left, right), [0, 0, 3]),
      translate(intersection(left, right), [0, 0, -3]),
    );
    const x = tf.tensor2d([[0, Math.sqrt(0.75), 3]]);
    const report = await rankReport(rings, x);
    expect(rings.outputs).toBe(4);
    expect(report.deficient).toHaveLength(0);
    expect(report.minimum).toBeGreaterThan(1);
    await expect(rankReport(rings, x, { threshold: 0 })).rejects.toMatchObject({ code: 'bad-option' });
    x.dispose();
  });
});
