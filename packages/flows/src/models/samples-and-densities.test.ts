import * as tf from '@tensorflow/tfjs';
import { compile } from '@ebim/compiler';
import { residualNet } from '@ebim/nn';
import { key, normal, treeDispose, treeTidy, useBackend, type TensorTree } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { hypersphericalChart } from '../charts/hyperspherical.js';
import { vectorFlow } from '../compose/vector-flow.js';
import { scalarAffine } from '../linear/scalar-affine.js';
import { movedParameters } from '../test-support/moved-parameters.js';
import { elementwiseSpline } from '../spline/elementwise-spline.js';
import { ambientFlow } from './ambient-flow.js';
import { mFlowWithEncoder, probabilisticAutoencoder } from './autoencoders.js';
import { mFlow, pie } from './manifold-flow.js';
import type { FlowModel } from './model.js';
import { prescribedManifoldFlow } from './prescribed-manifold-flow.js';

beforeAll(async () => {
  await useBackend('cpu');
});

type Any = FlowModel<TensorTree>;
const small = { bins: 4, bound: 3, hidden: 8, blocks: 1 } as const;

const paramsOf = (model: Any): TensorTree => movedParameters(model, 0.15);

/** Numbers of a function at every place, compiled once, as eager arithmetic of many small tensors takes its time. */
async function valuesAt<T extends TensorTree>(
  f: (at: T) => tf.Tensor[],
  places: readonly T[],
): Promise<Float32Array[][]> {
  const compiled = compile((at: T) => treeTidy(() => f(at)));
  const values: Float32Array[][] = [];
  for (const place of places) {
    const results = compiled(place);
    values.push(await Promise.all(results.map((t) => t.data<'float32'>())));
    tf.dispose(results);
  }
  compiled.dispose();
  return values;
}

/** Points of a grid of `size` by `size` between -reach and reach, the second coordinate fastest. */
const grid = (size: number, reach: number): tf.Tensor2D =>
  tf.tidy(() => {
    const axis = tf.linspace(-reach, reach, size);
    const [first, second] = tf.meshgrid(axis, axis, { indexing: 'ij' });
    return tf.reshape(tf.stack([first, second], 2), [size * size, 2]);
  });

/** Areas of the cells of a grid of points in space, by their diagonals: no Jacobian is involved. */
function cellAreas(x: ArrayLike<number>, size: number): number[] {
  const at = (i: number, j: number): number[] => [0, 1, 2].map((d) => x[3 * (i * size + j) + d]);
  const areas: number[] = [];
  for (let i = 0; i + 1 < size; i++)
    for (let j = 0; j + 1 < size; j++) {
      const [a, b, c, e] = [at(i, j), at(i + 1, j + 1), at(i + 1, j), at(i, j + 1)];
      const [p, q] = [a.map((v, d) => b[d] - v), c.map((v, d) => e[d] - v)];
      areas.push(
        Math.hypot(p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]) / 2,
      );
    }
  return areas;
}

/** Each share within four standard deviations of its probability. */
function expectShares(inside: readonly number[], probabilities: readonly number[], count: number): void {
  inside.forEach((hits, i) => {
    const p = probabilities[i];
    expect(Math.abs(hits / count - p), `share ${i}`).toBeLessThan(
      4 * Math.sqrt((p * (1 - p)) / count) + 2e-3,
    );
  });
}

const sumWhere = (values: readonly number[], holds: (i: number) => boolean): number =>
  values.reduce((sum, value, i) => sum + (holds(i) ? value : 0), 0);

const outer = vectorFlow({ size: 3, layers: 2, linear: 'lu', ...small });
const inner = vectorFlow({ size: 2, layers: 2, contextSize: 1, ...small });
const surface = mFlow({ outer, inner }) as Any;

describe('on a learned surface', () => {
  installLeakGuard();

  it('the density integrates to one, and is that of samples, at every theta', async () => {
    const params = paramsOf(surface);
    const [size, reach, count] = [121, 5, 4000];
    const cells = (size - 1) ** 2;
    const evaluate = ({ params: p, theta }: { params: TensorTree; theta: tf.Tensor }) => {
      const contextOf = (rows: number): tf.Tensor => tf.add(tf.zeros([rows, 1]), theta);
      const latents = grid(size, reach);
      // The middles of all cells: corners but those of the last row and column, moved by half a step.
      const corners = tf.slice(tf.reshape(latents, [size, size, 2]), [0, 0, 0], [size - 1, size - 1, 2]);
      const middles = tf.add(tf.reshape(corners, [cells, 2]), reach / (size - 1));
      const x = surface.decode(p, middles, contextOf(cells));
      return [
        surface.decode(p, latents, contextOf(size * size)),
        x,
        surface.logDensity(p, x, { context: contextOf(cells) }),
        surface.sample(key(3), p, count, { context: contextOf(count) }),
      ];
    };
    const places = [-0.8, 0.6].map((theta) => ({ params, theta: tf.scalar(theta) }));
    for (const [corners, points, log, x] of await valuesAt(evaluate, places)) {
      const masses = cellAreas(corners, size).map((area, i) => area * Math.exp(log[i]));
      expect(Math.abs(masses.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(0.01);
      // Half-spaces of the space around, one of them skew, and a quadrant.
      const regions: ((at: ArrayLike<number>, i: number) => boolean)[] = [
        ...[0, 1, 2].map((d) => (at: ArrayLike<number>, i: number) => at[3 * i + d] > 0.1),
        (at, i) => at[3 * i] + at[3 * i + 1] - at[3 * i + 2] > 0.5,
        (at, i) => at[3 * i] > 0 && at[3 * i + 1] > 0,
      ];
      expectShares(
        regions.map((region) => Array.from({ length: count }, (_, i) => region(x, i)).filter(Boolean).length),
        regions.map((region) => sumWhere(masses, (i) => region(points, i))),
        count,
      );
    }
    treeDispose([params, ...places.map(({ theta }) => theta)]);
  });

  it('an encoder that inverts the flow gives the densities of the flow', async () => {
    const params = paramsOf(surface) as { outer: TensorTree; inner: TensorTree };
    const exactEncoder = {
      ...residualNet({ inputSize: 3, outputSize: 2, hidden: 2 }),
      apply: (_: unknown, x: tf.Tensor) =>
        tf.tidy(() => tf.slice(outer.forward(params.outer as never, x).y, [0, 0], [x.shape[0], 2])),
    };
    const model = mFlowWithEncoder({ outer, inner, encoder: exactEncoder });
    const [x, context] = [normal(key(2), [6, 3]), normal(key(4), [6, 1])];
    const fresh = model.init(key(0));
    const all = { ...params, encoder: fresh.encoder } as never;
    for (const mode of ['exact', 'fixedManifold'] as const) {
      const [a, b] = [surface, model as Any].map((m) => m.logDensity(all, x, { context, mode }));
      const expected = await a.data();
      (await b.data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
      tf.dispose([a, b]);
    }
    treeDispose([x, context, fresh, params]);
  });

  it('does not depend on theta where the flow of the manifold does not', async () => {
    const conditional = pie({
      outer: vectorFlow({ size: 3, layers: 2, contextSize: 1, ...small }),
      inner,
    }) as Any;
    const x = normal(key(2), [5, 3]);
    for (const [model, moves] of [
      [surface, false],
      [pie({ outer, inner }) as Any, false],
      [conditional, true],
    ] as const) {
      const params = paramsOf(model);
      const gap = tf.tidy(() => {
        const at = (theta: number): tf.Tensor => model.project(params, x, tf.fill([5, 1], theta));
        return tf.max(tf.abs(tf.sub(at(-1), at(1))));
      });
      const [value] = await gap.data();
      if (moves) expect(value).toBeGreaterThan(1e-3);
      else expect(value).toBe(0);
      gap.dispose();
      treeDispose(params);
    }
    x.dispose();
  });
});

describe('on a learned curve', () => {
  installLeakGuard();

  it('the distribution function along it is that of samples', async () => {
    const model = mFlow({
      outer: vectorFlow({ size: 2, layers: 2, linear: 'lu', ...small }),
      inner: elementwiseSpline({ size: 1, bins: 4, bound: 2 }),
    }) as Any;
    const params = paramsOf(model);
    const [size, count] = [2001, 4000];
    const [[x, log, u, sampled]] = await valuesAt(
      (p: TensorTree) => {
        const curve = model.decode(p, tf.reshape(tf.linspace(-5, 5, size), [size, 1]));
        const on = (at: tf.Tensor): tf.Tensor => tf.slice(model.coordinates(p, at), [0, 0], [at.shape[0], 1]);
        return [curve, model.logDensity(p, curve), on(curve), on(model.sample(key(3), p, count))];
      },
      [params],
    );
    const sorted = Float64Array.from(sampled).sort();
    let [mass, seen, gap] = [0, 0, 0];
    for (let i = 1; i < size; i++) {
      const length = Math.hypot(x[2 * i] - x[2 * i - 2], x[2 * i + 1] - x[2 * i - 1]);
      mass += (length * (Math.exp(log[i]) + Math.exp(log[i - 1]))) / 2;
      while (seen < count && sorted[seen] <= u[i]) seen++;
      gap = Math.max(gap, Math.abs(mass - seen / count));
    }
    expect(mass).toBeCloseTo(1, 2);
    // Kolmogorov and Smirnov: 1.95 / sqrt(N) is passed once in a thousand.
    expect(gap).toBeLessThan(1.95 / Math.sqrt(count));
    treeDispose(params);
  });
});

describe('in the whole plane', () => {
  installLeakGuard();
  const plane = vectorFlow({ size: 2, layers: 2, linear: 'lu', ...small });
  const line = elementwiseSpline({ size: 1, bins: 4, bound: 2 });

  it.each([
    ['an ambient flow', ambientFlow(plane) as Any, 'manifold'],
    ['PIE in full mode', pie({ outer: plane, inner: line, epsilon: 0.5 }) as Any, 'full'],
  ] as const)('the density of %s integrates to one, and is that of samples', async (_, model, mode) => {
    const params = paramsOf(model);
    const [size, reach, count] = [161, 8, 4000];
    const [[g, log, x]] = await valuesAt(
      (p: TensorTree) => {
        const at = grid(size, reach);
        return [at, model.logDensity(p, at), model.sample(key(3), p, count, { mode })];
      },
      [params],
    );
    const cell = ((2 * reach) / (size - 1)) ** 2;
    const masses = Array.from(log, (value) => cell * Math.exp(value));
    expect(masses.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2);
    const edges = [-Infinity, -0.75, 0.05, 0.85, Infinity];
    const cellOf = (at: ArrayLike<number>, i: number): number =>
      4 * edges.findIndex((edge, k) => at[2 * i] < edges[k + 1] && at[2 * i] >= edge) +
      edges.findIndex((edge, k) => at[2 * i + 1] < edges[k + 1] && at[2 * i + 1] >= edge);
    const boxes = Array.from({ length: 16 }, (__, box) => box);
    expectShares(
      boxes.map(
        (box) => Array.from({ length: count }, (__, i) => cellOf(x, i)).filter((b) => b === box).length,
      ),
      boxes.map((box) => sumWhere(masses, (i) => cellOf(g, i) === box)),
      count,
    );
    treeDispose(params);
  });

  it('PIE in manifold mode stays on its manifold, and its slice is the ambient density there', async () => {
    const epsilon = 0.3;
    const model = pie({ outer: plane, inner: line, epsilon }) as Any;
    const clipped = pie({ outer: plane, inner: line, epsilon, clip: 2 }) as Any;
    const params = paramsOf(model) as { outer: TensorTree; inner: TensorTree };
    const [off, gap, least] = treeTidy(() => {
      const samples = model.sample(key(3), params, 50);
      const v = tf.slice(model.coordinates(params, samples), [0, 1], [50, 1]);
      const x = normal(key(2), [50, 2]);
      const { y, logDetJacobian } = plane.forward(params.outer as never, model.project(params, x));
      const u = line.forward(params.inner as never, tf.slice(y, [0, 0], [50, 1]));
      const normalLog = (z: tf.Tensor): tf.Tensor =>
        tf.sub(tf.mul(-0.5, tf.square(tf.reshape(z, [50]))), 0.5 * Math.log(2 * Math.PI));
      const atZero = -0.5 * Math.log(2 * Math.PI) - Math.log(epsilon);
      const formula = tf.addN([normalLog(u.y), u.logDetJacobian, logDetJacobian, tf.fill([50], atZero)]);
      const slice = model.logDensity(params, x, { mode: 'slice' });
      // Clipping changes what lies farther off than 2 epsilon, to what is 2 epsilon off.
      const lift = tf.sub(clipped.logDensity(params, x), model.logDensity(params, x));
      const distance = tf.div(tf.abs(tf.slice(model.coordinates(params, x), [0, 1], [50, 1])), epsilon);
      const expected = tf.mul(0.5, tf.sub(tf.square(tf.maximum(distance, 2)), 4));
      return [
        tf.max(tf.abs(v)),
        tf.max(tf.abs(tf.sub(slice, formula))),
        tf.max(
          tf.div(tf.abs(tf.sub(lift, tf.reshape(expected, [50]))), tf.add(1, tf.reshape(expected, [50]))),
        ),
      ];
    });
    expect((await off.data())[0]).toBeLessThan(1e-4);
    expect((await gap.data())[0]).toBeLessThan(1e-3);
    expect((await least.data())[0]).toBeLessThan(1e-4);
    tf.dispose([off, gap, least]);
    treeDispose(params);
    expect(() => pie({ outer: plane, inner: line, clip: 0 })).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    );
  });

  it('the density of an autoencoder is one of codes', async () => {
    const first = {
      ...residualNet({ inputSize: 2, outputSize: 1, hidden: 2 }),
      apply: (_: unknown, x: tf.Tensor) => tf.slice(x, [0, 0], [x.shape[0], 1]),
    };
    const decoder = residualNet({ inputSize: 1, outputSize: 2, hidden: 2 });
    const model = probabilisticAutoencoder({ inner: line, encoder: first, decoder }) as Any;
    const params = paramsOf(model);
    const total = tf.tidy(() => {
      const codes = tf.reshape(tf.linspace(-9, 9, 3001), [3001, 1]);
      const x = tf.concat([codes, tf.sin(codes)], 1);
      return tf.mul(18 / 3000, tf.sum(tf.exp(model.logDensity(params, x, { mode: 'fixedManifold' }))));
    });
    expect((await total.data())[0]).toBeCloseTo(1, 3);
    total.dispose();
    treeDispose(params);
  });
});

describe('on a prescribed sphere', () => {
  installLeakGuard();

  it('the density integrates to one over its area, and samples have its radius', async () => {
    const model = prescribedManifoldFlow({
      chart: hypersphericalChart({ manifold: 2, ambient: 3, radius: 1.5 }),
      inner: scalarAffine({ size: 2 }),
    });
    // Coordinates are N(0, 1/16): 0.02 % of them lie beyond the chart, which ends at 1.
    const params = { outer: {}, inner: { scale: tf.tensor1d([4, 4]), shift: tf.zeros([2]) } };
    const [polar, azimuths] = [80, 80];
    const directions: number[] = [];
    const areas: number[] = [];
    for (let i = 0; i < polar; i++)
      for (let j = 0; j < azimuths; j++) {
        const [theta, phi] = [((i + 0.5) / polar) * Math.PI, ((j + 0.5) / azimuths) * 2 * Math.PI];
        directions.push(Math.cos(theta), Math.sin(theta) * Math.cos(phi), Math.sin(theta) * Math.sin(phi));
        areas.push(1.5 ** 2 * Math.sin(theta) * (Math.PI / polar) * ((2 * Math.PI) / azimuths));
      }
    const x = tf.tidy(() => tf.mul(1.5, tf.tensor2d(directions, [polar * azimuths, 3])));
    const logs = model.logDensity(params, x);
    const log = await logs.data();
    expect(areas.reduce((sum, area, i) => sum + area * Math.exp(log[i]), 0)).toBeCloseTo(1, 2);
    const drawn = model.sample(key(0), params, 100);
    const radii = tf.tidy(() => tf.norm(drawn, 'euclidean', 1));
    (await radii.data()).forEach((r) => expect(r).toBeCloseTo(1.5, 4));
    tf.dispose([x, logs, drawn, radii]);
    treeDispose(params.inner);
  });
});
