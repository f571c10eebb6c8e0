import { circle } from '@ebim/implicit';
import { key, treeDispose, treeEntries, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyOverrides } from '../config/overrides.js';
import type { EbimConfig } from '../config/schema.js';
import type { Profile } from '../definitions/experiment.js';
import { vonMises } from '../definitions/von-mises.js';
import { TINY_SETTINGS } from '../test-support/tiny-run.js';
import { coverManifold } from './cover-manifold.js';
import { modelsOf } from './models.js';
import { trainDensity } from './train-density.js';
import { trainManifold } from './train-manifold.js';

const { constraint } = circle();

const tiny = (profile: Profile, set: readonly string[] = []): EbimConfig =>
  applyOverrides(vonMises.config(profile, false), [...TINY_SETTINGS, ...set]);

/** Points at equal angles of a circle about the origin, `[count, 2]`. */
const ring = (count: number, radius = 1): tf.Tensor =>
  tf.tidy(() => {
    const angles = tf.mul(tf.range(0, count), (2 * Math.PI) / count);
    return tf.mul(tf.stack([tf.cos(angles), tf.sin(angles)], 1), radius);
  });

/** Largest |F| of positions on the true circle. */
async function violationOf(x: tf.Tensor): Promise<number> {
  const value = tf.tidy(() => tf.max(tf.abs(constraint(x))));
  const [number] = await value.data();
  value.dispose();
  return number;
}

beforeAll(async () => {
  await useBackend('wasm');
});

describe('modelsOf', () => {
  it('has as many constraints as the manifold lacks dimensions', () => {
    const config = tiny('corrected');
    const box = { lower: [-1, -1, -1, -1], upper: [1, 1, 1, 1] };
    for (const manifoldDimension of [1, 2, 3]) {
      const { manifold, energy } = modelsOf({ ...config, bounds: box, manifoldDimension });
      expect(manifold).toMatchObject({
        ambientDimension: 4,
        manifoldDimension,
        codimension: 4 - manifoldDimension,
      });
      expect(energy.pointShape).toEqual([4]);
    }
  });
});

describe.each(['reference', 'corrected'] as const)('trainManifold, %s profile', (profile) => {
  installLeakGuard();

  it('trains as many epochs as are asked for, a function of configuration, data and key', async () => {
    const points = ring(60);
    const config = tiny(profile);
    const runs = [];
    for (const seed of [1, 1, 2]) runs.push(await trainManifold(config, points, key(seed), {}));
    const [first, again, other] = runs;
    expect(first.status).toBe('completed');
    expect(first.history).toHaveLength(config.manifold.epochs);
    const values = await Promise.all(
      runs.map(({ state }) =>
        Promise.all(treeEntries(state).map(async ([, leaf]) => [...(await leaf.data())])),
      ),
    );
    expect(values[1]).toEqual(values[0]);
    expect(values[2]).not.toEqual(values[0]);
    expect(again.history.map(({ stats }) => stats)).toEqual(first.history.map(({ stats }) => stats));
    expect(first.state.buffer.shape).toEqual([config.manifold.bufferCapacity, 2]);
    const buffer = await first.state.buffer.data();
    expect(buffer.every((value) => Math.abs(value) <= 1.5)).toBe(true);
    treeDispose([first.state, again.state, other.state, points]);
  });

  it('takes every switch of the configuration', async () => {
    const points = ring(20);
    const lossOf = async (set: readonly string[]) => {
      const config = tiny(profile, ['manifold.epochs=1', ...set]);
      const { state, history } = await trainManifold(config, points, key(1), {});
      treeDispose(state);
      return history[0].stats;
    };
    const plain = await lossOf([]);
    for (const set of [
      'manifold.loss=v1',
      'manifold.minSingularValue=2',
      'manifold.rankWeight=3',
      'manifold.negativeWeight=0',
      'manifold.magnitudeWeight=4',
      'manifold.positiveNorm=l2Squared',
      'manifold.negativeNorm=l2Squared',
      'manifold.energyNorm=l2Squared',
      'manifold.bufferFraction=0',
      'manifold.bufferCapacity=30',
      'manifold.batchSize=10',
      'manifold.hidden=[3]',
      'manifold.sampler.steps=1',
      'manifold.sampler.noiseScale=0.5',
      'manifold.sampler.stepSize=1',
      'manifold.sampler.gradClamp=null',
      'bounds.lower=[-1.2,-1.2]',
    ])
      expect((await lossOf([set])).loss, set).not.toBe(plain.loss);
    expect(await lossOf(['manifold.loss=v1'])).toMatchObject({ negative: 0, magnitude: 0 });
    points.dispose();
  });
});

describe('trainDensity', () => {
  installLeakGuard();

  it.each([
    { profile: 'reference', off: 0.5 },
    { profile: 'corrected', off: 1e-5 },
  ] as const)('keeps its chains on the manifold, $profile profile', async ({ profile, off }) => {
    const [points, buffer] = [ring(60), ring(30, 1.2)];
    const config = tiny(profile, [
      'density.negatives=chains',
      'density.averageDecay=null',
      'density.validationShare=0',
    ]);
    const { state, history, status } = await trainDensity(config, constraint, buffer, points, key(1), {});
    expect(status).toBe('completed');
    expect(history).toHaveLength(config.density.epochs);
    for (const { stats } of history)
      for (const [name, value] of Object.entries(stats)) expect(Number.isFinite(value), name).toBe(true);
    if (!('buffer' in state)) throw new Error('expected the state of chains');
    expect(state.buffer.shape).toEqual([config.density.bufferCapacity, 2]);
    expect(await violationOf(state.freshPool)).toBeLessThan(profile === 'reference' ? 0.02 : 2e-5);
    expect(await violationOf(state.buffer)).toBeLessThan(Math.max(off, 2e-5));
    if (profile === 'corrected') expect(history[3].stats['sampler/converged']).toBeGreaterThan(0.9);
    treeDispose([state, points, buffer]);
  });

  it('runs with every projection and every solver', async () => {
    const [points, buffer] = [ring(20), ring(10, 1.1)];
    for (const projection of ['reference', 'cholesky', 'conjugateGradient'])
      for (const solver of ['lbfgs', 'newton', 'quasiNewton', 'gradientDescent']) {
        const config = tiny('corrected', [
          'density.epochs=1',
          'density.bufferCapacity=20',
          'density.sampler.steps=1',
          'density.negatives=chains',
          `density.sampler.tangentProjection=${projection}`,
          `density.sampler.constraintSolver=${solver}`,
        ]);
        const { state, status } = await trainDensity(config, constraint, buffer, points, key(1), {});
        expect(status, `${projection}, ${solver}`).toBe('completed');
        treeDispose(state);
      }
    treeDispose([points, buffer]);
  });

  it('ends in a typed error, without a leak, when there is no manifold', async () => {
    const points = ring(20);
    const never = (x: tf.Tensor): tf.Tensor => tf.add(constraint(x), 1);
    await expect(trainDensity(tiny('corrected'), never, points, points, key(1), {})).rejects.toMatchObject({
      code: 'empty-manifold',
    });
    points.dispose();
  });
});

describe('coverManifold', () => {
  installLeakGuard();

  /** Covers the circle when all that the manifold's training left is one point, and the data are two. */
  async function cover(
    config: EbimConfig,
    count = 200,
  ): Promise<{ rows: number[][]; worst: number; failed: number }> {
    const sources = {
      buffer: tf.tensor2d([[1.2, 0]]),
      points: tf.tensor2d([
        [0, 1],
        [0, -1],
      ]),
    };
    const { points, failed } = await coverManifold(config, constraint, sources, count, key(1));
    const rows = (await points.array()) as number[][];
    const worst = await violationOf(points);
    treeDispose([sources, points]);
    expect(rows).toHaveLength(count);
    return { rows, worst, failed };
  }

  it('starts from the buffer of the manifold in the reference profile', async () => {
    const { rows } = await cover(tiny('reference'));
    for (const [x, y] of rows) {
      expect(Math.abs(x - 1)).toBeLessThan(0.02);
      expect(y).toBeCloseTo(0, 5);
    }
  });

  it.each(['paper', 'corrected'] as const)(
    'starts from all of the box in the %s profile',
    async (profile) => {
      const { rows, worst, failed } = await cover(tiny(profile));
      const sides = new Set(rows.map(([x, y]) => Math.floor((4 * (Math.atan2(y, x) + Math.PI)) / Math.PI)));
      expect(sides.size).toBeGreaterThanOrEqual(8);
      expect(worst).toBeLessThan(profile === 'paper' ? 0.02 : 2e-5);
      expect(failed).toBeLessThan(0.2);
    },
  );

  it('starts from about the data when it is told to', async () => {
    const { rows, worst } = await cover(tiny('corrected', ['density.freshNoise=data']));
    expect(worst).toBeLessThan(2e-5);
    for (const [x] of rows) expect(Math.abs(x)).toBeLessThan(0.75);
    const above = rows.filter(([, y]) => y > 0).length;
    expect(above).toBeGreaterThan(60);
    expect(above).toBeLessThan(140);
    expect(new Set(rows.map(([x]) => x)).size).toBe(200);
  });
});
