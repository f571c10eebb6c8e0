import * as tf from '@tensorflow/tfjs';
import { parameterCount, residualNet } from '@ebim/nn';
import { key, normal, treeDispose, treeTidy, useBackend, type TensorTree } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { hypersphericalChart } from '../charts/hyperspherical.js';
import { vectorFlow } from '../compose/vector-flow.js';
import { scalarAffine } from '../linear/scalar-affine.js';
import { movedParameters } from '../test-support/moved-parameters.js';
import { trainedParameters } from '../transform/trained-parameters.js';
import { ambientFlow } from './ambient-flow.js';
import { mFlowWithEncoder, probabilisticAutoencoder } from './autoencoders.js';
import { mFlow, pie } from './manifold-flow.js';
import type { DensityMode, FlowModel } from './model.js';
import { prescribedManifoldFlow } from './prescribed-manifold-flow.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const small = { bins: 4, bound: 3, hidden: 8, blocks: 1 } as const;
const outer = vectorFlow({ size: 3, layers: 2, linear: 'lu', ...small });
const conditionalOuter = vectorFlow({ size: 3, layers: 2, contextSize: 1, ...small });
const inner = vectorFlow({ size: 2, layers: 2, contextSize: 1, ...small });
const encoder = residualNet({ inputSize: 3, outputSize: 2, hidden: 8 });
const decoder = residualNet({ inputSize: 2, outputSize: 3, hidden: 8 });

type Any = FlowModel<TensorTree>;
const none = ['ambient', 'slice'] as const;
const models: [name: string, model: Any, missing: readonly DensityMode[]][] = [
  ['ambient flow', ambientFlow(conditionalOuter), ['fixedManifold', 'slice']],
  ['M-flow', mFlow({ outer, inner }), []],
  ['PIE with an unconditional manifold', pie({ outer, inner }), []],
  ['PIE', pie({ outer: conditionalOuter, inner }), ['fixedManifold']],
  ['Me-flow', mFlowWithEncoder({ outer, inner, encoder }), none],
  ['PAE', probabilisticAutoencoder({ inner, encoder, decoder }), ['exact', ...none]],
  [
    'flow on a sphere',
    prescribedManifoldFlow({ chart: hypersphericalChart({ manifold: 2, ambient: 3 }), inner }),
    none,
  ],
];

const paramsOf = (model: Any): TensorTree => movedParameters(model, 0.2);

describe.each(models)('%s', (_, model, missing) => {
  installLeakGuard();
  const withInput = async (
    test: (at: { params: TensorTree; x: tf.Tensor; context: tf.Tensor }) => unknown,
  ): Promise<void> => {
    const params = paramsOf(model);
    const [x, context] = [normal(key(2), [4, model.dataSize]), normal(key(3), [4, 1])];
    await test({ params, x, context });
    treeDispose([params, x, context]);
  };

  it('has shapes, for any batch, and leaks nothing', () =>
    withInput(({ params, x, context }) => {
      const latent = tf.zeros([4, model.latentSize]);
      const empty = [tf.zeros([0, model.dataSize]), tf.zeros([0, 1])];
      const shapes = treeTidy(() => [
        model.encode(params, x, context),
        model.decode(params, latent, context),
        model.project(params, x, context),
        model.reconstructionError(params, x, context),
        model.sample(key(0), params, 4, { context }),
        model.project(params, empty[0], empty[1]),
      ]);
      const { dataSize: d, latentSize: n } = model;
      expect(shapes.map(({ shape }) => shape)).toEqual([[4, n], [4, d], [4, d], [4], [4, d], [0, d]]);
      expectNoLeak(() => model.encode(params, x, context));
      expectNoLeak(() => model.project(params, x, context));
      expectNoLeak(() => model.reconstructionError(params, x, context));
      expectNoLeak(() => model.sample(key(0), params, 4, { context }));
      tf.dispose([shapes, latent, empty]);
    }));

  it('has the densities that it should, and says why it lacks others', () =>
    withInput(async ({ params, x, context }) => {
      for (const mode of ['exact', 'fixedManifold', 'ambient', 'slice'] as const) {
        const density = (): tf.Tensor => model.logDensity(params, x, { context, mode });
        if (missing.includes(mode))
          expect(density).toThrow(expect.objectContaining({ code: 'not-defined-for-this-model' }));
        else {
          const log = density();
          expect(log.shape).toEqual([4]);
          expect((await log.data()).every(Number.isFinite)).toBe(true);
          log.dispose();
        }
      }
    }));

  it('gives a point alone what it has in a batch, and nothing for no points', () =>
    withInput(async ({ params, x, context }) => {
      const modes = (['exact', 'fixedManifold', 'ambient', 'slice'] as const).filter(
        (mode) => !missing.includes(mode),
      );
      const all = (points: tf.Tensor, at: tf.Tensor): tf.Tensor[] =>
        treeTidy(() => [
          model.encode(params, points, at),
          model.coordinates(params, points, at),
          model.project(params, points, at),
          model.reconstructionError(params, points, at),
          ...modes.map((mode) => model.logDensity(params, points, { context: at, mode })),
        ]);
      const [row, at] = [tf.slice(x, [2, 0], [1, -1]), tf.slice(context, [2, 0], [1, -1])];
      const none = [tf.zeros([0, model.dataSize]), tf.zeros([0, 1])];
      const [whole, alone, empty] = [all(x, context), all(row, at), all(none[0], none[1])];
      for (const [i, results] of whole.entries()) {
        const expected = (await results.data()).subarray((2 * results.size) / 4, (3 * results.size) / 4);
        (await alone[i].data()).forEach((value, j) => expect(value).toBeCloseTo(expected[j], 4));
        expect(empty[i].shape).toEqual([0, ...results.shape.slice(1)]);
      }
      const nothing = model.sample(key(0), params, 0, { context: none[1] });
      expect(nothing.shape).toEqual([0, model.dataSize]);
      tf.dispose([row, at, none, whole, alone, empty, nothing]);
    }));

  it('needs its context, of its size and with a row for each point', () =>
    withInput(({ params, x }) => {
      const bad = expect.objectContaining({ name: 'ShapeError', code: 'bad-context' }) as unknown;
      const wrong = [undefined, tf.zeros([4, 2]), tf.zeros([3, 1]), tf.zeros([4])];
      for (const context of wrong) {
        expect(() => model.logDensity(params, x, { context })).toThrow(bad);
        expect(() => model.sample(key(0), params, 4, { context })).toThrow(bad);
        expect(() => model.encode(params, x, context)).toThrow(bad);
        expect(() => model.project(params, x, context)).toThrow(bad);
        expect(() => model.reconstructionError(params, x, context)).toThrow(bad);
      }
      tf.dispose(wrong.filter((context) => context !== undefined));
    }));

  if (model.name === 'mFlowWithEncoder' || model.name === 'probabilisticAutoencoder') return;

  it('projects once and for all, and keeps points of the manifold', () =>
    withInput(async ({ params, x, context }) => {
      const [once, twice, samples, kept, error] = treeTidy(() => {
        const projected = model.project(params, x, context);
        const drawn = model.sample(key(5), params, 4, { context });
        return [
          projected,
          model.project(params, projected, context),
          drawn,
          model.decode(params, model.encode(params, drawn, context), context),
          model.reconstructionError(params, drawn, context),
        ];
      });
      const close = async (a: tf.Tensor, b: tf.Tensor): Promise<void> => {
        const expected = await b.data();
        (await a.data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 3));
      };
      await close(twice, once);
      await close(kept, samples);
      (await error.data()).forEach((value) => expect(value).toBeLessThan(1e-3));
      tf.dispose([once, twice, samples, kept, error]);
    }));
});

describe('densities', () => {
  installLeakGuard();

  it('on a circle is the one of its angle', async () => {
    const model = prescribedManifoldFlow({
      chart: hypersphericalChart({ manifold: 1, ambient: 2, radius: 2 }),
      inner: scalarAffine(),
    });
    const params = { outer: {}, inner: { scale: tf.tensor1d([3]), shift: tf.tensor1d([-0.6]) } };
    const angle = 2.1;
    const x = tf.tensor2d([[2 * Math.cos(angle), 2 * Math.sin(angle)]]);
    const log = model.logDensity(params, x);
    const latent = 3 * (-1 + angle / Math.PI) - 0.6;
    // Length along the circle is 2 pi for each unit of the scaled angle.
    const expected = -0.5 * latent ** 2 - 0.5 * Math.log(2 * Math.PI) + Math.log(3) - Math.log(2 * Math.PI);
    expect((await log.data())[0]).toBeCloseTo(expected, 4);
    tf.dispose([x, log]);
    treeDispose(params.inner);
  });

  it('differ between contexts by what the inner flow says', async () => {
    const model = mFlow({ outer, inner }) as Any;
    const params = paramsOf(model);
    const x = normal(key(2), [5, 3]);
    const [exact, fixed] = treeTidy(() =>
      (['exact', 'fixedManifold'] as const).map((mode) => {
        const at = (value: number): tf.Tensor =>
          model.logDensity(params, x, { context: tf.fill([5, 1], value), mode });
        return tf.sub(at(0.7), at(-0.4));
      }),
    );
    const expected = await fixed.data();
    (await exact.data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 3));
    tf.dispose([x, exact, fixed]);
    treeDispose(params);
  });
});

describe('the published models', () => {
  installLeakGuard();

  it('have the number of parameters', () => {
    const spline = { bins: 10, bound: 6 };
    const f = vectorFlow({ size: 3, layers: 5, ...spline });
    const h = vectorFlow({ size: 2, layers: 5, contextSize: 1, ...spline });
    const e = residualNet({ inputSize: 3, outputSize: 2, blocks: 5 });
    const g = residualNet({ inputSize: 2, outputSize: 3, blocks: 5 });
    const original = vectorFlow({ size: 3, layers: 5, contextSize: 1, ...spline });
    const count = (model: Any): number => {
      const params = model.init(key(0));
      const numbers = parameterCount(trainedParameters(model, params));
      treeDispose(params);
      return numbers;
    };
    expect(count(mFlow({ outer: f, inner: h }) as Any)).toBe(446_777);
    expect(count(pie({ outer: original, inner: h }) as Any)).toBe(449_277);
    expect(count(mFlowWithEncoder({ outer: f, inner: h, encoder: e }) as Any)).toBe(548_379);
    expect(count(probabilisticAutoencoder({ inner: h, encoder: e, decoder: g }) as Any)).toBe(423_350);
  });

  it('refuse parts that do not fit', () => {
    const wide = vectorFlow({ size: 3, layers: 1, ...small });
    const refused = (code: string): unknown => expect.objectContaining({ code }) as unknown;
    const line = residualNet({ inputSize: 2, outputSize: 2, hidden: 8 });
    const chart = hypersphericalChart({ manifold: 1, ambient: 2 });
    // n = d, then n > d.
    for (const make of [
      () => mFlow({ outer, inner: wide }),
      () => pie({ outer, inner: wide }),
      () => mFlow({ outer: inner, inner: wide }),
      () => mFlowWithEncoder({ outer: inner, inner, encoder: line }),
      () => probabilisticAutoencoder({ inner, encoder: line, decoder: line }),
      () => prescribedManifoldFlow({ chart, inner }),
      () => prescribedManifoldFlow({ chart, inner: wide }),
    ])
      expect(make).toThrow(refused('bad-manifold-dimension'));
    expect(() => mFlowWithEncoder({ outer, inner, encoder: decoder })).toThrow(refused('sizes-do-not-fit'));
    expect(() => probabilisticAutoencoder({ inner, encoder, decoder: encoder })).toThrow(
      refused('sizes-do-not-fit'),
    );
    const other = vectorFlow({ size: 3, layers: 1, contextSize: 2, ...small });
    expect(() => pie({ outer: other, inner })).toThrow(refused('contexts-do-not-fit'));
  });
});
