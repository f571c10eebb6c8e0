import * as tf from '@tensorflow/tfjs';
import { assertDerivatives, grad, jacobian as jacobianOf } from '@ebim/autodiff';
import { compile, explain } from '@ebim/compiler';
import { key, normal, treeDispose, treeTidy, useBackend } from '@ebim/runtime';
import { installLeakGuard, logVolume as hostLogVolume } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { vectorFlow } from '../compose/vector-flow.js';
import { estimateLogVolume } from './estimate-log-volume.js';
import { chartPoint, chartTangents } from './chart.js';
import { logVolumeOfTangents } from './log-volume.js';

beforeAll(async () => {
  await useBackend('cpu');
});

describe('charts of flows', () => {
  installLeakGuard();
  const flow = vectorFlow({ size: 4, layers: 3, bins: 4, hidden: 8, linear: 'lu', contextSize: 1 });

  it('have the Jacobian of the chart, and its volume', async () => {
    const params = flow.init(key(0));
    const [u, context] = [normal(key(1), [3, 2]), normal(key(2), [3, 1])];
    const { x, jacobian } = chartTangents(flow, params, u, context);
    const point = chartPoint(flow, params, u, context);
    const full = jacobianOf((at) => chartPoint(flow, params, at, context))(u);
    expect(jacobian.shape).toEqual([3, 4, 2]);
    const compare = async (a: tf.Tensor, b: tf.Tensor): Promise<void> => {
      const expected = await b.data();
      (await a.data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
    };
    await compare(x, point);
    await compare(jacobian, full);
    const volume = logVolumeOfTangents(jacobian);
    const expected = await hostLogVolume(full);
    (await volume.data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
    tf.dispose([u, context, x, jacobian, point, full, volume]);
    treeDispose(params);
  });

  it('compile without an island', () => {
    const params = flow.init(key(0));
    const [u, context] = [normal(key(1), [3, 2]), normal(key(2), [3, 1])];
    const volume = (p: typeof params, at: tf.Tensor, c: tf.Tensor): tf.Tensor =>
      treeTidy(() => logVolumeOfTangents(chartTangents(flow, p, at, c).jacobian));
    expect(explain(volume, params, u, context).islands).toEqual([]);
    tf.dispose([u, context]);
    treeDispose(params);
  });

  it.each([
    [[2, 4], 'bad-manifold-dimension'],
    [[2, 5], 'bad-manifold-dimension'],
    [[2], 'bad-input-shape'],
  ])('refuse coordinates of shape %j', (shape, code) => {
    const params = flow.init(key(0));
    const u = tf.zeros(shape);
    expect(() => chartTangents(flow, params, u)).toThrow(expect.objectContaining({ code }));
    expect(() => chartPoint(flow, params, u)).toThrow(expect.objectContaining({ code }));
    u.dispose();
    treeDispose(params);
  });
});

describe('logVolumeOfTangents', () => {
  installLeakGuard();

  it('keeps its digits for columns of very different lengths', async () => {
    const J = tf.tensor3d([
      [
        [1e-6, 0],
        [0, 1e5],
        [1e-6, 1e5],
      ],
    ]);
    // JᵀJ = [2e-12 0.1; 0.1 2e10], det = 0.04 - 0.01
    const volume = logVolumeOfTangents(J);
    expect((await volume.data())[0]).toBeCloseTo(0.5 * Math.log(0.03), 4);
    tf.dispose([J, volume]);
  });

  it('says NaN where the chart is degenerate, and nothing for no rows', async () => {
    const J = tf.tensor3d([1, 0, 1, 0, 1, 0, 2, 0, 0, 0, 1, 0], [2, 3, 2]);
    const volume = logVolumeOfTangents(J);
    expect((await volume.data()).every(Number.isNaN)).toBe(true);
    const empty = tf.zeros([0, 3, 2]);
    const none = logVolumeOfTangents(empty);
    expect(none.shape).toEqual([0]);
    const wide = tf.ones([2, 2, 3]);
    expect(() => logVolumeOfTangents(wide)).toThrow(expect.objectContaining({ code: 'bad-jacobian' }));
    tf.dispose([J, volume, none, empty, wide]);
  });

  it('has the right derivatives', async () => {
    const J = normal(key(3), [2, 4, 2]);
    await assertDerivatives((t: tf.Tensor) => logVolumeOfTangents(t), J, { order: 2 });
    J.dispose();
  });
});

describe('estimateLogVolume', () => {
  installLeakGuard();
  const n = 6;
  const d = 9;
  const linear = (): tf.Tensor =>
    tf.tidy(() => tf.mul(normal(key(9), [n, d]), tf.reshape(tf.linspace(0.3, 2, n), [n, 1])));

  it('is within its error of the exact value, and exact where all directions stretch alike', async () => {
    const A = linear();
    const u = normal(key(0), [2, n]);
    const estimate = estimateLogVolume(key(1), (at) => tf.matMul(at, A), u, { probes: 64 });
    const J = tf.tidy(() => tf.expandDims(tf.transpose(A), 0));
    const [exact] = await hostLogVolume(J);
    const [values, errors] = [await estimate.logVolume.data(), await estimate.standardError.data()];
    values.forEach((value, i) => {
      expect(errors[i]).toBeGreaterThan(0);
      expect(errors[i]).toBeLessThan(1);
      expect(Math.abs(value - exact)).toBeLessThan(4 * errors[i]);
    });
    const scaled = estimateLogVolume(key(1), (at) => tf.mul(at, 3), u, { probes: 2 });
    (await scaled.logVolume.data()).forEach((value) => expect(value).toBeCloseTo(n * Math.log(3), 4));
    (await scaled.standardError.data()).forEach((value) => expect(value).toBeLessThan(1e-4));
    treeDispose([estimate.x, estimate.logVolume, estimate.standardError, A, u, J]);
    treeDispose([scaled.x, scaled.logVolume, scaled.standardError]);
  });

  it('has an unbiased gradient', async () => {
    // Well conditioned: the variance of the estimate grows with the condition of A Aᵀ.
    const A = tf.tidy(() => tf.add(tf.eye(n, d), tf.mul(0.2, normal(key(9), [n, d]))));
    const u = tf.zeros([1, n]);
    const gradient = grad((a: tf.Tensor) =>
      tf.sum(estimateLogVolume(key(5), (at) => tf.matMul(at, a), u, { probes: 1600 }).logVolume),
    )(A);
    // d ½ log det A Aᵀ / dA = (A Aᵀ)⁻¹ A
    const exact = grad((a: tf.Tensor) => tf.sum(logVolumeOfTangents(tf.expandDims(tf.transpose(a), 0))))(A);
    const [a, b] = [await gradient.data(), await exact.data()];
    const norm = Math.hypot(...b);
    expect(Math.hypot(...a.map((value, i) => value - b[i]))).toBeLessThan(0.15 * norm);
    tf.dispose([A, u, gradient, exact]);
  });

  it('compiles', async () => {
    const A = linear();
    const u = tf.zeros([2, n]);
    const run = (a: tf.Tensor, at: tf.Tensor): tf.Tensor =>
      treeTidy(() => estimateLogVolume(key(1), (v) => tf.matMul(v, a), at, { probes: 4 }).logVolume);
    const compiled = compile(run);
    const [fast, eager] = [compiled(A, u), run(A, u)];
    const expected = await eager.data();
    (await fast.data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 3));
    compiled.dispose();
    tf.dispose([A, u, fast, eager]);
  });
});
