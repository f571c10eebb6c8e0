import * as tf from '@tensorflow/tfjs';
import {
  DataError,
  ConfigError,
  key,
  ShapeError,
  treeDispose,
  useBackend,
  type TensorTree,
} from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { vectorFlow } from '../compose/vector-flow.js';
import { mFlow } from '../models/manifold-flow.js';
import type { FlowModel } from '../models/model.js';
import { movedParameters } from '../test-support/moved-parameters.js';
import { closedSpline } from './closed-spline.js';
import { latentTour } from './latent-tour.js';

beforeAll(async () => {
  await useBackend('cpu');
});

/** K points of n coordinates, two equal ones next to each other not excluded. */
const wayPoints = fc.integer({ min: 1, max: 4 }).chain((n) =>
  fc.array(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: n, maxLength: n }), {
    minLength: 2,
    maxLength: 9,
  }),
);
const difference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i])));

describe('closedSpline', () => {
  it('is at every way-point in its turn, and closed', () => {
    fc.assert(
      fc.property(wayPoints, (points) => {
        const at = closedSpline(points);
        points.forEach((point, k) => {
          for (const round of [0, 1, -2])
            expect(difference(at(k / points.length + round), point)).toBeLessThan(1e-9);
        });
      }),
    );
  });

  it('has a velocity and an acceleration that do not jump, at the way-points and where it closes', () => {
    const step = 1e-4;
    fc.assert(
      fc.property(wayPoints, (points) => {
        const at = closedSpline(points);
        const count = points.length;
        points.forEach((_, k) => {
          const [before, earlier, here, after, later] = [-1, -2, 0, 1, 2].map((j) =>
            at((k + j * step) / count),
          );
          const slope = (a: readonly number[], b: readonly number[]) => b.map((x, i) => (x - a[i]) / step);
          const bend = (a: readonly number[], b: readonly number[], c: readonly number[]) =>
            c.map((x, i) => (x - 2 * b[i] + a[i]) / step ** 2);
          // Of one-sided differences: they differ by the step times the next derivative.
          expect(difference(slope(before, here), slope(here, after))).toBeLessThan(0.1);
          expect(difference(bend(earlier, before, here), bend(here, after, later))).toBeLessThan(0.2);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('is nearly a circle through four points of one', () => {
    const at = closedSpline([
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ]);
    expect(at(0.125)).toEqual([expect.closeTo(0.6875, 12), expect.closeTo(0.6875, 12)]);
    for (let i = 0; i < 50; i++) expect(Math.abs(Math.hypot(...at(i / 50)) - 1)).toBeLessThan(0.03);
  });

  it('refuses way-points that are too few, of different sizes, or no numbers', () => {
    const refused = [
      [[], DataError, 'too-few-way-points'],
      [[[1, 2]], DataError, 'too-few-way-points'],
      [[[1, 2], [1]], ShapeError, 'ragged-way-points'],
      [[[], []], ShapeError, 'ragged-way-points'],
      [[[1], [NaN]], DataError, 'non-finite-way-points'],
      [[[Infinity], [1]], DataError, 'non-finite-way-points'],
    ] as const;
    for (const [points, Kind, code] of refused) {
      const call = () => closedSpline(points);
      expect(call).toThrow(Kind);
      expect(call).toThrow(expect.objectContaining({ code }));
    }
  });
});

describe('latentTour', () => {
  installLeakGuard();
  const small = { bins: 4, bound: 3, hidden: 8, blocks: 1, layers: 2 } as const;
  const model: FlowModel<TensorTree> = mFlow({
    outer: vectorFlow({ size: 3, ...small }),
    inner: vectorFlow({ size: 2, contextSize: 1, ...small }),
  });
  const corners = [
    [1, 0],
    [0, 1.5],
    [-0.5, -1],
  ];

  it('lies on the manifold of the model, past its way-points', async () => {
    const params = movedParameters(model, 0.15);
    const { latents, points } = latentTour(model, params, corners, { frames: 12, context: [0.4] });
    expect([latents.shape, points.shape]).toEqual([
      [12, 2],
      [12, 3],
    ]);
    const context = tf.fill([12, 1], 0.4);
    const errors = model.reconstructionError(params, points, context);
    const back = model.encode(params, points, context);
    expect(Math.max(...(await errors.data()))).toBeLessThan(1e-4);
    expect(difference([...(await back.data())], [...(await latents.data())])).toBeLessThan(1e-3);
    const rows = await latents.array();
    corners.forEach((corner, k) => {
      expect(difference(rows[4 * k], corner)).toBeLessThan(1e-6);
    });
    tf.dispose([latents, points, context, errors, back]);
    treeDispose(params);
  });

  it('refuses way-points that are no latents, no frames, and a context that does not fit', () => {
    const params = model.init(key(0));
    const refused = [
      [[[1], [2]], { context: [0] }, ShapeError, 'bad-way-points'],
      [[[1, NaN], corners[0]], { context: [0] }, DataError, 'non-finite-way-points'],
      [corners.slice(0, 1), { context: [0] }, DataError, 'too-few-way-points'],
      [corners, { frames: 1, context: [0] }, ConfigError, 'bad-size'],
      [corners, {}, ShapeError, 'bad-context'],
      [corners, { context: [0, 1] }, ShapeError, 'bad-context'],
    ] as const;
    for (const [wayPoints, options, Kind, code] of refused) {
      const call = () => latentTour(model, params, wayPoints, options);
      expect(call).toThrow(Kind);
      expect(call).toThrow(expect.objectContaining({ code }));
    }
    treeDispose(params);
  });
});
