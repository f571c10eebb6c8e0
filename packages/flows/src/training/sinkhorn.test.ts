import * as tf from '@tensorflow/tfjs';
import { compile } from '@ebim/compiler';
import { valueAndGrad } from '@ebim/autodiff';
import { key, normal, useBackend, type TensorTree } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FlowModel } from '../models/model.js';
import { lossAt } from './loss.js';
import { sinkhornDivergence, sinkhornPotentials, transportLoss, type SinkhornOptions } from './sinkhorn.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const divergence = (x: tf.Tensor, y: tf.Tensor, options?: SinkhornOptions): tf.Scalar =>
  tf.tidy(() => sinkhornDivergence(x, y, sinkhornPotentials(x, y, options), options));

/** The debiased divergence in float64, iterated until nothing moves. */
function reference(xs: number[][], ys: number[][], blur: number): number {
  const weight = blur * blur;
  const transport = (as: number[][], bs: number[][]): number => {
    const cost = as.map((a) => bs.map((b) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / 2));
    let [f, g] = [as.map(() => 0), bs.map(() => 0)];
    const soft = (terms: number[]): number => {
      const most = Math.max(...terms);
      return (
        -weight * (most + Math.log(terms.reduce((sum, t) => sum + Math.exp(t - most), 0) / terms.length))
      );
    };
    for (let i = 0; i < 3000; i++) {
      f = as.map((_, a) => soft(bs.map((__, b) => (g[b] - cost[a][b]) / weight)));
      g = bs.map((_, b) => soft(as.map((__, a) => (f[a] - cost[a][b]) / weight)));
    }
    const mean = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    return mean(f) + mean(g);
  };
  return transport(xs, ys) - transport(xs, xs) / 2 - transport(ys, ys) / 2;
}

describe('sinkhornDivergence', () => {
  installLeakGuard();

  it('of two points is half of their squared distance, and pulls one to the other', async () => {
    const [x, y] = [tf.tensor2d([[3, -1]]), tf.tensor2d([[0.5, 2]])];
    const potentials = sinkhornPotentials(x, y);
    const { value, grad } = valueAndGrad((at: tf.Tensor) => sinkhornDivergence(at, y, potentials))(x);
    expect((await value.data())[0]).toBeCloseTo((2.5 ** 2 + 9) / 2, 4);
    const [a, b] = await grad.data();
    expect([a, b]).toEqual([expect.closeTo(2.5, 3), expect.closeTo(-3, 3)]);
    expectNoLeak(() => sinkhornDivergence(x, y, potentials));
    expectNoLeak(() => divergence(x, y));
    tf.dispose([x, y, { ...potentials }, value, grad]);
  });

  it('is that of iterations to the end, far from the origin too, and its gradient is their slope', async () => {
    const options = { blur: 0.6, scaling: 0.8, iterations: 40 };
    for (const offset of [0, 30]) {
      const [x, y] = tf.tidy(() => [
        tf.add<tf.Tensor2D>(tf.mul(1.5, normal(key(1), [6, 2])), offset),
        tf.add<tf.Tensor2D>(normal(key(2), [5, 2]), offset),
      ]);
      const [xs, ys] = [await x.array(), await y.array()];
      const potentials = sinkhornPotentials(x, y, options);
      const { value, grad } = valueAndGrad((at: tf.Tensor) => sinkhornDivergence(at, y, potentials, options))(
        x,
      );
      expect((await value.data())[0]).toBeCloseTo(reference(xs, ys, 0.6), 3);
      const slopes = (await grad.array()) as number[][];
      for (const [row, column] of [
        [0, 0],
        [3, 1],
      ]) {
        const moved = (by: number): number[][] =>
          xs.map((point, i) => point.map((v, j) => (i === row && j === column ? v + by : v)));
        const slope = (reference(moved(1e-3), ys, 0.6) - reference(moved(-1e-3), ys, 0.6)) / 2e-3;
        expect(slopes[row][column]).toBeCloseTo(slope, 2);
      }
      tf.dispose([x, y, { ...potentials }, value, grad]);
    }
  });

  it('is zero between equal clouds, symmetric, and the same when compiled', async () => {
    const [x, y] = [normal(key(1), [7, 2]), normal(key(2), [9, 2])];
    const compiled = compile(divergence);
    const values = [divergence(x, x), divergence(x, y), divergence(y, x), compiled(x, y)];
    const [zero, there, back, fast] = (await Promise.all(values.map((t) => t.data()))).map(([v]) => v);
    expect(Math.abs(zero)).toBeLessThan(1e-5);
    expect(there).toBeGreaterThan(0.05);
    expect(back).toBeCloseTo(there, 3);
    expect(fast).toBeCloseTo(there, 4);
    expect(compiled.statistics.misses).toBe(1);
    compiled.dispose();
    tf.dispose([x, y, values]);
  });

  it('of a model sees the context only where it enters the cost', async () => {
    // A model that puts every point at its context, and data that have them the other way round.
    const model = {
      contextSize: 1,
      sample: (_: unknown, __: unknown, ___: number, { context }: { context: tf.Tensor }) => tf.neg(context),
    } as unknown as FlowModel<TensorTree>;
    const context = tf.tensor2d([[-1], [-0.5], [0.5], [1]]);
    const rows = { x: context, context };
    const lossOf = async (contextWeight: number): Promise<number> => {
      const loss = transportLoss(model, { weight: 3, contextWeight });
      const value = tf.tidy(() => lossAt(loss, {}, rows, key(0)).loss);
      const [number] = await value.data();
      value.dispose();
      return number;
    };
    expect(await lossOf(0)).toBeCloseTo(0, 4);
    // With a heavy context every point has to go to its mirror image: mean of (2 c)² / 2, times the weight.
    expect(await lossOf(50)).toBeCloseTo((3 * (2 * (2 + 0.5))) / 4, 2);
    context.dispose();
  });

  it('refuses clouds of other dimensions, empty ones, and bad options', () => {
    const [x, y, none] = [tf.zeros([3, 2]), tf.zeros([3, 1]), tf.zeros([0, 2])];
    expect(() => divergence(x, y)).toThrow(expect.objectContaining({ code: 'bad-input-shape' }));
    expect(() => divergence(x, none)).toThrow(expect.objectContaining({ code: 'bad-input-shape' }));
    expect(() => divergence(x, x, { scaling: 1 })).toThrow(expect.objectContaining({ code: 'bad-option' }));
    expect(() => divergence(x, x, { blur: 0 })).toThrow(expect.objectContaining({ code: 'bad-option' }));
    tf.dispose([x, y, none]);
  });
});
