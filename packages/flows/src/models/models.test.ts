import * as tf from '@tensorflow/tfjs';
import { parameterCount, residualNet } from '@ebim/nn';
import { key, normal, treeDispose, treeMap, treeTidy, useBackend, type TensorTree } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { hypersphericalChart } from '../charts/hyperspherical.js';
import { vectorFlow } from '../compose/vector-flow.js';
import { scalarAffine } from '../linear/scalar-affine.js';
import { elementwiseSpline } from '../spline/elementwise-spline.js';
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

/** Parameters away from the identity. */
const paramsOf = (model: Any): TensorTree => {
  const fresh = model.init(key(1));
  const params = treeMap(
    (leaf) =>
      tf.tidy(() =>
        leaf.dtype === 'float32'
          ? tf.add(leaf, tf.mul(0.2, tf.sin(tf.mul(1.7, tf.reshape(tf.range(0, leaf.size), leaf.shape)))))
          : leaf.clone(),
      ),
    fresh,
  );
  treeDispose(fresh);
  return params;
};

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

  it('needs its context', () =>
    withInput(({ params, x }) => {
      const bad = expect.objectContaining({ code: 'bad-context' }) as unknown;
      expect(() => model.logDensity(params, x)).toThrow(bad);
      expect(() => model.sample(key(0), params, 4)).toThrow(bad);
      expect(() => model.encode(params, x)).toThrow(bad);
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

  it('of an ambient flow and of PIE in the plane integrate to one', async () => {
    const plane = vectorFlow({ size: 2, layers: 2, linear: 'lu', ...small });
    const line = elementwiseSpline({ size: 1, bins: 4, bound: 2 });
    for (const model of [
      ambientFlow(plane) as Any,
      pie({ outer: plane, inner: line, epsilon: 0.5 }) as Any,
    ]) {
      const params = paramsOf(model);
      const size = 161;
      const step = 20 / (size - 1);
      const total = tf.tidy(() => {
        const axis = tf.linspace(-10, 10, size);
        const grid = tf.stack(tf.meshgrid(axis, axis), 2).reshape([size * size, 2]);
        return tf.sum(tf.exp(model.logDensity(params, grid))).mul(step * step);
      });
      expect((await total.data())[0]).toBeCloseTo(1, 2);
      total.dispose();
      treeDispose(params);
    }
  });

  it('of an M-flow on a curve integrate to one along it', async () => {
    const model = mFlow({
      outer: vectorFlow({ size: 2, layers: 2, linear: 'lu', ...small }),
      inner: elementwiseSpline({ size: 1, bins: 4, bound: 2 }),
    }) as Any;
    const params = paramsOf(model);
    const size = 4001;
    const total = tf.tidy(() => {
      // Along the curve, with lengths of chords: independent of the Jacobian that the density uses.
      const curve = model.decode(params, tf.reshape(tf.linspace(-5, 5, size), [size, 1]));
      const part = (begin: number): tf.Tensor => tf.slice(curve, [begin, 0], [size - 1, 2]);
      const lengths = tf.sqrt(tf.sum(tf.square(tf.sub(part(1), part(0))), 1));
      const middles = tf.mul(0.5, tf.add(part(0), part(1)));
      return tf.sum(tf.mul(lengths, tf.exp(model.logDensity(params, middles))));
    });
    expect((await total.data())[0]).toBeCloseTo(1, 2);
    total.dispose();
    treeDispose(params);
  });

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
    expect(() => mFlow({ outer, inner: wide })).toThrow(refused('bad-manifold-dimension'));
    expect(() => mFlowWithEncoder({ outer, inner, encoder: decoder })).toThrow(refused('sizes-do-not-fit'));
    expect(() => probabilisticAutoencoder({ inner, encoder, decoder: encoder })).toThrow(
      refused('sizes-do-not-fit'),
    );
    const other = vectorFlow({ size: 3, layers: 1, contextSize: 2, ...small });
    expect(() => pie({ outer: other, inner })).toThrow(refused('contexts-do-not-fit'));
  });
});
