import { circle } from '@ebim/implicit';
import { key, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { sampleDensity } from './sample-density.js';

const CONCENTRATION = 2;
/** A von Mises density on the unit circle, mean direction (1, 0). */
const model = {
  constraint: circle().constraint,
  energy: (x: tf.Tensor) => tf.mul(tf.slice(x, [0, 0], [-1, 1]).reshape([-1]), -CONCENTRATION),
};
const bounds = { lower: [-1.5, -1.5], upper: [1.5, 1.5] };
/** I1(2) / I0(2), the mean of the cosine. */
const MEAN_COSINE = 0.697775;

beforeAll(async () => void (await useBackend('cpu')));

describe('sampleDensity', () => {
  installLeakGuard();
  const draw = (count: number, steps: number, more: object = {}) => {
    // Off the circle, all on one side: starts that are projected and forgotten.
    const starts = tf.tensor2d([
      [0.1, 2],
      [-0.9, 1.2],
      [0, 0.5],
    ]);
    return sampleDensity(model, starts, {
      count,
      steps,
      key: key(4),
      noiseScale: 0.3,
      bounds,
      ...more,
    }).finally(() => starts.dispose());
  };

  it('gives the density, on the manifold', async () => {
    const { points, constraintViolation, converged, accepted, energy } = await draw(1500, 120);
    expect(points).toMatchObject({ rows: 1500, columns: 2 });
    expect(constraintViolation).toBeLessThan(1e-5);
    expect(converged).toBeGreaterThan(0.99);
    expect(accepted).toBeGreaterThan(0.98);
    let [cosine, sine] = [0, 0];
    for (let i = 0; i < points.rows; i++) {
      cosine += points.data[2 * i] / points.rows;
      sine += points.data[2 * i + 1] / points.rows;
    }
    // Standard errors about 0.011 and 0.015; the finite step adds a little.
    expect(Math.abs(cosine - MEAN_COSINE)).toBeLessThan(0.05);
    expect(Math.abs(sine)).toBeLessThan(0.06);
    expect(energy.start).toBeGreaterThan(-0.2);
    expect(energy.end).toBeCloseTo(-CONCENTRATION * cosine, 4);
  });

  it('gives the density at a step far too long for it, when adjusted', async () => {
    const meanOf = async (more: object): Promise<number> => {
      const { points } = await draw(1500, 60, { noiseScale: 0.8, ...more });
      return points.data.reduce((sum, x, i) => sum + (i % 2 === 0 ? x / 1500 : 0), 0);
    };
    expect(Math.abs((await meanOf({ adjusted: true })) - MEAN_COSINE)).toBeLessThan(0.05);
    expect(Math.abs((await meanOf({})) - MEAN_COSINE)).toBeGreaterThan(0.05);
  });

  it('gives the same samples for the same key', async () => {
    const [a, b, c] = [await draw(20, 3), await draw(20, 3), await draw(20, 3, { key: key(5) })];
    expect(a).toEqual(b);
    expect(c.points.data).not.toEqual(a.points.data);
  });

  it('stops when asked to, and refuses starts that cannot be projected', async () => {
    expect((await draw(20, 3, { signal: AbortSignal.abort() })).points.rows).toBe(0);
    const elsewhere = { lower: [2, 2], upper: [3, 3] };
    await expect(draw(20, 3, { bounds: elsewhere })).rejects.toMatchObject({ code: 'empty-manifold' });
  });
});
