import { assertDerivatives, grad } from '@ebim/autodiff';
import { compile } from '@ebim/compiler';
import { mlp } from '@ebim/nn';
import { key, normal, treeDispose, useBackend } from '@ebim/runtime';
import { projectToManifold } from '@ebim/samplers';
import { installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { circle, sphere } from '../analytic/sphere.js';
import { torus } from '../analytic/torus.js';
import { manifoldModel } from '../manifold/manifold-model.js';
import { intersection, union } from './combine.js';
import { implicitManifold, type ImplicitManifold } from './implicit-manifold.js';
import { componentOf, mixtureEnergy } from './mixture.js';
import { rotate, scale, translate } from './transforms.js';

const ball = implicitManifold(sphere());
const ring = implicitManifold(circle());
const height = (x: tf.Tensor): tf.Tensor => tf.reshape(tf.slice(x, [0, 1], [-1, 1]), [-1]);

/** A turn by an angle in the plane of the first two axes of space. */
const turn = (angle: number): number[][] => [
  [Math.cos(angle), -Math.sin(angle), 0],
  [Math.sin(angle), Math.cos(angle), 0],
  [0, 0, 1],
];

async function valuesAt({ constraint }: ImplicitManifold, rows: number[][]): Promise<number[][]> {
  const value = tf.tidy(() => constraint(tf.tensor2d(rows)));
  const values = (await value.array()) as number[][];
  value.dispose();
  return values;
}

/** Two circles in space, each in codimension 2: about the third axis, and about the first. */
const upright = implicitManifold(
  {
    ambientDimension: 3,
    manifoldDimension: 1,
    constraint: (x) =>
      tf.tidy(() => {
        const [a, b, c] = tf.split(x, 3, 1);
        return tf.concat([tf.sub(tf.add(tf.square(a), tf.square(b)), 1), c], 1);
      }),
  },
  { logZ: Math.log(2 * Math.PI) },
);
const lying = rotate(upright, [
  [0, 0, 1],
  [0, 1, 0],
  [-1, 0, 0],
]);

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it('moves, turns and resizes points as it does the manifold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: 0.2, max: 4, noNaN: true }),
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 3, maxLength: 3 }),
        async (angle, factor, t) => {
          const ringTorus = implicitManifold(torus());
          const moved = rotate(scale(translate(ringTorus, t), factor, [1, 0, 2]), turn(angle), t);
          const points = [
            [4, 0, 0],
            [0, 3, 1],
            [0.5, -1, 0.3],
          ];
          const images = points.map((p) => {
            const q = p.map((value, d) => factor * (value + t[d] - [1, 0, 2][d]) + [1, 0, 2][d] - t[d]);
            return turn(angle).map((row, d) => row.reduce((sum, r, e) => sum + r * q[e], 0) + t[d]);
          });
          const [before, after] = [await valuesAt(ringTorus, points), await valuesAt(moved, images)];
          after.forEach(([value], i) => expect(Math.abs(value - factor * before[i][0])).toBeLessThan(3e-4));
        },
      ),
      { numRuns: 10 },
    );
  });

  it('keeps gradients of length 1 under all of them', async () => {
    const moved = scale(rotate(translate(ball, [1, 2, 3]), turn(0.7)), 2.5, [0, 1, 0]);
    const noise = normal(key(1), [50, 3]);
    const { position, status } = projectToManifold(moved.constraint, noise);
    const slopes = tf.tidy(() =>
      tf.norm(grad((x: tf.Tensor) => tf.sum(moved.constraint(x)))(position), 2, 1),
    );
    for (const length of await slopes.data()) expect(length).toBeCloseTo(1, 3);
    tf.dispose([noise, position, { ...status }, slopes]);
  });

  it('intersects two spheres in a circle of radius sqrt(3) / 2 in the plane between them', async () => {
    const both = intersection(translate(ball, [-0.5, 0, 0]), translate(ball, [0.5, 0, 0]));
    expect(both).toMatchObject({ outputs: 2, manifoldDimension: 1 });
    const noise = normal(key(2), [200, 3]);
    const { position, status } = projectToManifold(both.constraint, noise);
    const flags = await status.converged.data();
    expect(flags.filter(Boolean).length).toBeGreaterThan(190);
    ((await position.array()) as number[][])
      .filter((_, i) => flags[i])
      .forEach(([x, y, z]) => {
        expect(Math.abs(x)).toBeLessThan(1e-4);
        expect(Math.abs(Math.hypot(y, z) - Math.sqrt(0.75))).toBeLessThan(1e-4);
      });
    tf.dispose([noise, position, { ...status }]);
  });

  it('takes every product for a union in codimension 2: lengths multiply, and no point comes in', async () => {
    const both = union(upright, lying);
    expect(both).toMatchObject({ outputs: 4, manifoldDimension: 1 });
    // On neither circle, but the products of equal indices alone are both zero: on the cylinder of the first, in the
    // plane of the second.
    const rows = [
      [1, 0, 0],
      [0, 0.6, 0.8],
      [0, 1, 0.5],
      [0.3, -0.4, 0.2],
    ];
    const [products, first, second] = [
      await valuesAt(both, rows),
      await valuesAt(upright, rows),
      await valuesAt(lying, rows),
    ];
    products.forEach((row, i) =>
      expect(Math.hypot(...row)).toBeCloseTo(Math.hypot(...first[i]) * Math.hypot(...second[i]), 5),
    );
    expect(Math.hypot(...products[0])).toBeCloseTo(0, 6);
    expect(Math.hypot(...products[1])).toBeCloseTo(0, 6);
    first[2].forEach((value, i) => expect(value * second[2][i]).toBeCloseTo(0, 6));
    expect(Math.hypot(...products[2])).toBeGreaterThan(0.1);
  });

  it('composes many times over, and distributes an intersection over a union', async () => {
    const row = union(...[0, 1, 2, 3].map((i) => translate(ball, [1.2 * i, 0, 0])));
    const cut = intersection(row, translate(ball, [1.8, 0.4, 0]), implicitManifold(torus()));
    expect(cut.components).toHaveLength(4);
    expect(cut.outputs).toBe(3);
    expect(cut.components.map(({ codimension }) => codimension)).toEqual([3, 3, 3, 3]);
    const rows = [[0.3, 0.2, 0.9]];
    const [[product, other, ringed]] = await valuesAt(cut, rows);
    const factors = await Promise.all(
      [0, 1, 2, 3].map((i) => valuesAt(translate(ball, [1.2 * i, 0, 0]), rows)),
    );
    expect(product).toBeCloseTo(
      factors.reduce((all, [[f]]) => all * f, 1),
      5,
    );
    expect(other).toBeCloseTo((await valuesAt(translate(ball, [1.8, 0.4, 0]), rows))[0][0], 6);
    expect(ringed).toBeCloseTo((await valuesAt(implicitManifold(torus()), rows))[0][0], 6);
  });

  it('takes learned functions as it takes analytic ones', async () => {
    const model = manifoldModel(mlp({ inputSize: 3, outputSize: 1, hidden: [6] }));
    const params = model.init(key(3));
    const learned = implicitManifold({ ...model, constraint: model.constraint(params) });
    const [moved, original] = [
      await valuesAt(intersection(translate(learned, [0.5, 0, -1]), ball), [[1, 0.2, 0.1]]),
      await valuesAt(learned, [[0.5, 0.2, 1.1]]),
    ];
    expect(moved[0][0]).toBeCloseTo(original[0][0], 5);
    expect(moved[0][1]).toBeCloseTo((1 + 0.04 + 0.01 - 1) / 2, 5);
    treeDispose(params);
  });

  it('assigns points by |F|, not by its sign, or by distance', async () => {
    const steep = implicitManifold({
      ambientDimension: 2,
      manifoldDimension: 1,
      constraint: (x) => tf.tidy(() => tf.mul(circle({ center: [3, 0] }).constraint(x), 50)),
    });
    const both = union(ring, steep);
    // Inside the second circle its F is negative, so the smaller signed value is wrong for the last point.
    const x = tf.tensor2d([
      [0, 1.02],
      [3, 1.02],
      [2.05, 0],
    ]);
    const [byNorm, byDistance] = [componentOf(both, x), componentOf(both, x, 'distance')];
    expect([...(await byDistance.data())]).toEqual([0, 1, 1]);
    // At distance 0.05 of the steep one |F| is 2.4, of the other 1.6: the norm is misled by the steepness.
    expect([...(await byNorm.data())]).toEqual([0, 1, 0]);
    const plain = componentOf(union(ring, translate(ring, [3, 0])), x);
    expect([...(await plain.data())]).toEqual([0, 1, 1]);
    tf.dispose([x, byNorm, byDistance, plain]);
  });

  it('has right derivatives of every order, compiled and not', async () => {
    const tilted = implicitManifold(circle(), { energy: height, logZ: 1 });
    const all = scale(union(tilted, rotate2(translate(tilted, [1.5, 0]), 0.4)), 1.3);
    const x = normal(key(5), [6, 2]);
    await assertDerivatives((at: tf.Tensor) => tf.sum<tf.Scalar>(all.constraint(at)), x, { order: 2 });
    const energy = mixtureEnergy(all);
    await assertDerivatives((at: tf.Tensor) => tf.sum<tf.Scalar>(tf.square(energy(at))), x, { order: 2 });
    for (const f of [all.constraint, energy]) {
      const compiled = compile(f);
      const [eager, program] = [f(x), compiled(x)];
      const [a, b] = [await eager.data(), await program.data()];
      a.forEach((value, i) => expect(b[i]).toBeCloseTo(value, 5));
      tf.dispose([eager, program]);
      compiled.dispose();
    }
    x.dispose();
  });
});

const rotate2 = (manifold: ImplicitManifold, angle: number): ImplicitManifold =>
  rotate(manifold, [
    [Math.cos(angle), -Math.sin(angle)],
    [Math.sin(angle), Math.cos(angle)],
  ]);

describe('values', () => {
  it('are not changed by what is made of them', () => {
    const before = JSON.stringify(ball);
    const t = [1, 0, 0];
    const moved = translate(ball, t);
    const { constraint } = moved;
    t[0] = 5;
    scale(union(moved, ball), 2);
    expect(JSON.stringify(ball)).toBe(before);
    expect(moved.constraint).toBe(constraint);
    const value = tf.tidy(() => constraint(tf.tensor2d([[2, 0, 0]])).dataSync()[0]);
    expect(value).toBeCloseTo(0, 6);
  });

  it('know volumes through moves: lengths scale by s, areas by s squared', () => {
    expect(ball.components[0].logZ).toBeCloseTo(Math.log(4 * Math.PI), 12);
    expect(scale(ball, 3).components[0].logZ).toBeCloseTo(Math.log(36 * Math.PI), 12);
    expect(scale(upright, 3).components[0].logZ).toBeCloseTo(Math.log(6 * Math.PI), 12);
    expect(translate(ball, [1, 1, 1]).components[0].logZ).toBeCloseTo(Math.log(4 * Math.PI), 12);
  });

  it('nest shares: a union of unions', () => {
    const inner = union([ball, ball], { weights: [1, 3] });
    const { components } = union([inner, ball], { weights: [2, 2] });
    expect(components.map(({ share }) => share)).toEqual([0.125, 0.375, 0.5]);
  });

  it('say when constraints outnumber dimensions', () => {
    const two = intersection(ring, translate(ring, [1, 0]));
    expect(two.components[0]).toMatchObject({ overdetermined: false, manifoldDimension: 0 });
    const three = intersection(two, translate(ring, [0, 1]));
    expect(three.components[0]).toMatchObject({ overdetermined: true, codimension: 3, manifoldDimension: 0 });
  });
});

describe('bad operands', () => {
  it.each([
    ['dimension-mismatch', () => intersection(ball, ring)],
    ['dimension-mismatch', () => union(ball, ring)],
    ['dimension-mismatch', () => translate(ball, [1, 2])],
    ['dimension-mismatch', () => rotate(ball, [[1]])],
    ['dimension-mismatch', () => scale(ball, 2, [0])],
    ['bad-option', () => translate(ball, [Number.NaN, 0, 0])],
    ['empty-combination', () => union()],
    ['empty-combination', () => union([])],
    ['empty-combination', () => intersection()],
    ['bad-weights', () => union([ball, ball], { weights: [1] })],
    ['bad-weights', () => union([ball, ball], { weights: [0, 0] })],
    ['bad-weights', () => union([ball, ball], { weights: [2, -1] })],
    ['bad-size', () => scale(ball, 0)],
    ['bad-size', () => scale(ball, -1)],
    ['bad-size', () => scale(ball, Infinity)],
    [
      'not-orthogonal',
      () =>
        rotate(ring, [
          [1, 0.1],
          [0, 1],
        ]),
    ],
    [
      'not-orthogonal',
      () =>
        rotate(ring, [
          [2, 0],
          [0, 2],
        ]),
    ],
    [
      'not-orthogonal',
      () =>
        rotate(ring, [
          [Number.NaN, 0],
          [0, 1],
        ]),
    ],
    ['no-codimension', () => implicitManifold({ ...sphere(), manifoldDimension: 3 })],
    ['no-codimension', () => implicitManifold({ ...sphere(), manifoldDimension: -1 })],
    ['bad-option', () => implicitManifold(sphere(), { logZ: Infinity })],
  ])('%s', (code, make) => {
    expect(make).toThrow(expect.objectContaining({ code }) as Error);
  });
});
