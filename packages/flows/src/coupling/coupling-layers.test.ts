import * as tf from '@tensorflow/tfjs';
import { compile, explain } from '@ebim/compiler';
import { key, normal, treeDispose, treeMap, treeTidy, useBackend } from '@ebim/runtime';
import { installLeakGuard, describeTransform } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { rationalQuadraticSpline } from '../spline/rational-quadratic-spline.js';
import { contract } from '../test-support/contract.js';
import { additiveCoupling, affineCoupling, rationalQuadraticCoupling } from './coupling-layers.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const small = { hidden: 6, blocks: 1, activation: 'tanh' } as const;

describeTransform(
  'rational-quadratic coupling',
  contract(rationalQuadraticCoupling({ size: 3, bins: 4, bound: 3, ...small })),
);
describeTransform(
  'rational-quadratic coupling, odd layer, with context',
  contract(rationalQuadraticCoupling({ size: 2, index: 1, bins: 3, bound: 1.5, contextSize: 2, ...small })),
);
describeTransform(
  'rational-quadratic coupling of chosen features, with ReLU as published',
  contract(rationalQuadraticCoupling({ size: 4, transformed: [3, 0, 1], bins: 5, hidden: 8 }), {
    checkDerivatives: undefined,
  }),
);
describeTransform('affine coupling', contract(affineCoupling({ size: 4, ...small })));
describeTransform(
  'affine coupling with context',
  contract(affineCoupling({ size: 3, index: 1, contextSize: 1, ...small })),
);
describeTransform('additive coupling', contract(additiveCoupling({ size: 3, ...small })));

describe('coupling layers', () => {
  installLeakGuard();

  it('leave the features of the mask as they are and move the others', async () => {
    const layer = affineCoupling({ size: 5, index: 1, ...small });
    const params = layer.init(key(0));
    const x = normal(key(1), [3, 5]);
    const { y, logDetJacobian } = layer.forward(params, x);
    const [a, b] = [await x.data(), await y.data()];
    a.forEach((value, i) => {
      if ((i % 5) % 2 === 0) expect(b[i]).toBe(value);
      else expect(b[i]).not.toBe(value);
    });
    tf.dispose([x, y, logDetJacobian]);
    treeDispose(params);
  });

  /** Parameters whose network gives `outputs` whatever it sees. */
  const constant = (layer: ReturnType<typeof affineCoupling>, outputs: readonly number[]) => {
    const fresh = layer.init(key(0));
    const params = treeMap((leaf) => tf.zerosLike(leaf), fresh);
    treeDispose([fresh, params.conditioner.output.bias]);
    const output = { ...params.conditioner.output, bias: tf.tensor1d([...outputs]) };
    return { conditioner: { ...params.conditioner, output } };
  };

  it('use raw splines feature by feature, widths and heights divided by the root of the hidden units', async () => {
    const layer = rationalQuadraticCoupling({ size: 3, bins: 3, bound: 2, hidden: 9, blocks: 1 });
    // Widths, heights and inner derivatives of feature 0, then of feature 2.
    const raw = [1, -2, 0.5, 0, 3, -1, 0.4, -0.6, -1.5, 0.2, 2, 1, 1, -3, -0.3, 0.8];
    const params = constant(layer, raw);
    const x = tf.tensor2d([[0.3, 1.7, -1.1]]);
    const { y, logDetJacobian } = layer.forward(params, x);
    const scaled = raw.map((value, i) => (i % 8 < 6 ? value / 3 : value));
    const expected = treeTidy(() =>
      rationalQuadraticSpline(tf.tensor1d([0.3, -1.1]), tf.tensor2d(scaled, [2, 8]), { bins: 3, bound: 2 }),
    );
    const [values, splines, slopes] = await Promise.all(
      [y, expected.value, expected.logDerivative].map((t) => t.data()),
    );
    expect(values[0]).toBeCloseTo(splines[0], 6);
    expect(values[1]).toBeCloseTo(1.7, 6);
    expect(values[2]).toBeCloseTo(splines[1], 6);
    expect((await logDetJacobian.data())[0]).toBeCloseTo(slopes[0] + slopes[1], 5);
    tf.dispose([x, y, logDetJacobian, expected.value, expected.logDerivative]);
    treeDispose(params);
  });

  it('shift first and scale by sigmoid(r + 2) + 0.001', async () => {
    const layer = affineCoupling({ size: 3, ...small });
    const params = constant(layer, [5, -7, 0.4, -1]);
    const x = tf.tensor2d([[2, 9, -3]]);
    const { y, logDetJacobian } = layer.forward(params, x);
    const [a, b] = [0.4, -1].map((r) => 1 / (1 + Math.exp(-r - 2)) + 1e-3);
    const values = await y.data();
    [2 * a + 5, 9, -3 * b - 7].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 5));
    expect((await logDetJacobian.data())[0]).toBeCloseTo(Math.log(a) + Math.log(b), 5);
    tf.dispose([x, y, logDetJacobian]);
    treeDispose(params);
  });

  it('compile without an island, to the numbers of eager execution', async () => {
    const layer = rationalQuadraticCoupling({ size: 3, contextSize: 1, hidden: 16 });
    const params = layer.init(key(0));
    const [x, context] = [normal(key(1), [20, 3]), normal(key(2), [20, 1])];
    const both = (p: typeof params, at: tf.Tensor, c: tf.Tensor) => {
      const { y, logDetJacobian } = layer.forward(p, at, c);
      const back = layer.inverse(p, y, c);
      back.logDetJacobian.dispose();
      return { y, logDetJacobian, back: back.x };
    };
    expect(explain(both, params, x, context).islands).toEqual([]);
    const compiled = compile(both);
    const [fast, eager] = [compiled(params, x, context), both(params, x, context)];
    for (const name of ['y', 'logDetJacobian', 'back'] as const) {
      const expected = await eager[name].data();
      (await fast[name].data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
    }
    tf.dispose([fast, eager, x, context]);
    compiled.dispose();
    treeDispose(params);
  });

  it.each([
    ['one feature', { size: 1 }, 'cannot-couple'],
    ['nothing to change', { size: 3, transformed: [] }, 'bad-mask'],
    ['nothing to look at', { size: 2, transformed: [0, 1] }, 'bad-mask'],
    ['an index twice', { size: 3, transformed: [1, 1] }, 'bad-mask'],
    ['an index too large', { size: 3, transformed: [3] }, 'bad-mask'],
    ['no bins', { size: 2, bins: 0 }, 'bad-size'],
    ['an endless box', { size: 2, bound: Infinity }, 'bad-option'],
    ['bins that do not fit', { size: 2, bins: 2000 }, 'bad-option'],
    ['half a unit', { size: 2, hidden: 0.5 }, 'bad-size'],
  ] as const)('refuse %s', (_, options, code) => {
    expect(() => rationalQuadraticCoupling(options)).toThrow(expect.objectContaining({ code }));
  });
});
