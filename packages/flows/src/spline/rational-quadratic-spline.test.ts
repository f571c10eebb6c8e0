import * as tf from '@tensorflow/tfjs';
import { assertDerivatives, grad } from '@ebim/autodiff';
import { explain } from '@ebim/compiler';
import { treeTidy, useBackend } from '@ebim/runtime';
import { TEST_BACKENDS, installLeakGuard, useTestBackends, describeTransform } from '@ebim/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contract } from '../test-support/contract.js';
import { elementwiseSpline } from './elementwise-spline.js';
import { inverseRationalQuadraticSpline, rationalQuadraticSpline } from './rational-quadratic-spline.js';

/*
 * Values by the formulas in float64, with numpy 2: knots from softmax and cumsum, bin by searchsorted(side='right'),
 * y = y_k + H (s t² + d_k t (1 - t)) / (s + (d_k+1 + d_k - 2 s) t (1 - t)),
 * log y' = log(s² (d_k+1 t² + 2 s t (1 - t) + d_k (1 - t)²)) - 2 log(denominator).
 */
const GOLDEN = [
  {
    name: 'the published example',
    raw: [0.2, -0.3, 0.5, 0.1, -0.1, 0.4, 0, -0.5, 0.3, -0.2, 0.6],
    bins: 4,
    bound: 3,
    x: [-3.5, -3, -2.9, -1, 0, 0.7, 2.5, 3, 3.2],
    y: [-3.5, -3, -2.9015550001, -0.5747311678, 0.8884975783, 1.3369073895, 2.6535053761, 3, 3.2],
    log: [0, 0, -0.0309536113, 1.2848438571, -0.508145113, -0.3592257298, -0.6362341107, 0, 0],
  },
  {
    name: 'flat and steep bins',
    raw: [4, -4, 0, 2.5, -3, -3, 3, 1, -2, 4, -5, 4, -1, 6],
    bins: 5,
    bound: 2,
    x: [-2, -1.99, -1.2, -0.31, 0.02, 0.9, 1.5, 1.97, 2, 2.01],
    y: [
      -2, -1.9960543671, -1.9935356241, -1.9935079191, -1.993503783, -1.9934966666, -0.8151213259,
      -0.8144258452, 2, 2.01,
    ],
    log: [
      0, -1.8599513817, -9.6357600183, -11.1143162211, -11.4573205932, -11.6914127293, -9.2910294995,
      -3.527156466, 0, 0,
    ],
  },
  {
    name: 'one bin',
    raw: [0.7, -1.3],
    bins: 1,
    bound: 1.5,
    x: [-1.5, -0.4, 0.3, 1.5],
    y: [-1.5, -0.4, 0.3, 1.5],
    log: [0, 0, 0, 0],
  },
];

const rows = (raw: readonly number[], count: number): tf.Tensor =>
  tf.tidy(() => tf.tile(tf.tensor2d([...raw], [1, raw.length]), [count, 1]));

useTestBackends(TEST_BACKENDS, useBackend, () => {
  describe('the rational-quadratic spline', () => {
    installLeakGuard();

    it.each(GOLDEN)('has the values of $name', async ({ raw, bins, bound, x, y, log }) => {
      const result = treeTidy(() =>
        rationalQuadraticSpline(tf.tensor1d(x), rows(raw, x.length), { bins, bound }),
      );
      const [values, logs] = [await result.value.data(), await result.logDerivative.data()];
      y.forEach((value, i) => expect(values[i], `y(${x[i]})`).toBeCloseTo(value, 5));
      log.forEach((value, i) => expect(Math.abs(logs[i] - value), `log y'(${x[i]})`).toBeLessThan(2e-4));
      tf.dispose([result.value, result.logDerivative]);
    });

    it('inverts the published example', async () => {
      const { raw, bins, bound, x, y, log } = GOLDEN[0];
      const result = treeTidy(() =>
        inverseRationalQuadraticSpline(tf.tensor1d(y), rows(raw, y.length), { bins, bound }),
      );
      const [values, logs] = [await result.value.data(), await result.logDerivative.data()];
      x.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 5));
      log.forEach((value, i) => expect(logs[i]).toBeCloseTo(-value, 4));
      tf.dispose([result.value, result.logDerivative]);
    });

    it('takes and gives nothing for no elements', () => {
      const result = treeTidy(() => rationalQuadraticSpline(tf.zeros([0]), tf.zeros([0, 11]), { bins: 4 }));
      expect(result.value.shape).toEqual([0]);
      expect(result.logDerivative.shape).toEqual([0]);
      tf.dispose([result.value, result.logDerivative]);
    });
  });
});

describeTransform(
  'elementwise spline',
  contract(elementwiseSpline({ size: 3, bins: 4, bound: 1.5 }), { perturbation: 0.8 }),
);

describe('for any parameters', () => {
  installLeakGuard();
  const bins = 4;
  const bound = 3;
  const rawValues = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
    minLength: 3 * bins - 1,
    maxLength: 3 * bins - 1,
  });
  /** At, inside and outside of the bounds, at the smallest distances too. */
  const argument = fc.oneof(
    fc.double({ min: -bound, max: bound, noNaN: true }),
    fc.constantFrom(
      -bound,
      bound,
      0,
      -0,
      Math.fround(3 + 2e-7),
      Math.fround(3 - 2e-7),
      Math.fround(-3 - 2e-7),
    ),
    fc.double({ min: bound, max: 1e6, noNaN: true }),
    fc.double({ min: -1e6, max: -bound, noNaN: true }),
  );

  it('maps the box to itself, is the identity outside, rises, and is undone by its inverse', async () => {
    await fc.assert(
      fc.asyncProperty(
        rawValues,
        fc.array(argument, { minLength: 2, maxLength: 12 }),
        async (raw, points) => {
          const x = [...points].sort((a, b) => a - b).map(Math.fround);
          const [there, back] = tf.tidy(() => {
            const parameters = rows(raw, x.length);
            const f = rationalQuadraticSpline(tf.tensor1d(x), parameters, { bins, bound });
            const g = inverseRationalQuadraticSpline(f.value, parameters, { bins, bound });
            return [
              [f.value, f.logDerivative],
              [g.value, g.logDerivative],
            ] as tf.Tensor[][];
          });
          const [y, log, z] = await Promise.all([there[0], there[1], back[0]].map((t) => t.data()));
          tf.dispose([there, back]);
          x.forEach((value, i) => {
            expect(Number.isFinite(y[i]) && Number.isFinite(log[i])).toBe(true);
            if (Math.abs(value) > bound) {
              expect(y[i]).toBe(value);
              expect(log[i]).toBe(0);
            } else expect(Math.abs(y[i])).toBeLessThanOrEqual(bound);
            if (i > 0) expect(y[i]).toBeGreaterThanOrEqual(y[i - 1] - 1e-6);
            // A flat stretch loses digits of x that no inverse can bring back.
            const lost = Math.max(1, Math.exp(-log[i]));
            expect(Math.abs(z[i] - value)).toBeLessThanOrEqual(2e-6 * bound * lost + 1e-7 * Math.abs(value));
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has finite gradients of first and second order everywhere', async () => {
    await fc.assert(
      fc.asyncProperty(rawValues, fc.array(argument, { minLength: 1, maxLength: 8 }), async (raw, points) => {
        const all = tf.tidy(() => {
          const at = { x: tf.tensor1d(points), raw: rows(raw, points.length) };
          return [rationalQuadraticSpline, inverseRationalQuadraticSpline].flatMap((spline) => {
            const total = (t: typeof at): tf.Tensor => {
              const { value, logDerivative } = spline(t.x, t.raw, { bins, bound });
              return tf.sum(tf.add(value, logDerivative));
            };
            const first = (t: typeof at): tf.Tensor => {
              const g = grad(total)(t);
              return tf.add(tf.sum(g.x), tf.sum(tf.sin(g.raw)));
            };
            const [one, two] = [grad(total)(at), grad(first)(at)];
            return [one.x, one.raw, two.x, two.raw];
          });
        });
        for (const t of all) expect((await t.data()).every(Number.isFinite)).toBe(true);
        tf.dispose(all);
      }),
      { numRuns: 25 },
    );
  });

  it('has slope 1 where it meets its tails, from both sides', async () => {
    const raw = GOLDEN[1].raw;
    const slopes = tf.tidy(() => {
      const x = tf.tensor1d([-2, 2, -2.1, 2.1]);
      return grad((at: tf.Tensor) =>
        tf.sum(rationalQuadraticSpline(at, rows(raw, 4), { bins: 5, bound: 2 }).value),
      )(x);
    });
    (await slopes.data()).forEach((slope) => expect(slope).toBeCloseTo(1, 4));
    slopes.dispose();
  });

  it('has the right derivatives on both sides of a bound', async () => {
    const at = {
      x: tf.tensor1d([-1.2, 0.4, 1.1, 5]),
      raw: rows([0.3, -0.2, 0.5, 0.1, 0.4, -0.3, 0.2, 0.9], 4),
    };
    for (const spline of [rationalQuadraticSpline, inverseRationalQuadraticSpline])
      await assertDerivatives(
        (t: typeof at) => {
          const { value, logDerivative } = spline(t.x, t.raw, { bins: 3, bound: 2 });
          return tf.concat([value, logDerivative]);
        },
        at,
        { order: 2 },
      );
    tf.dispose([at.x, at.raw]);
  });

  it('compiles without an island, derivatives too', () => {
    const [x, raw] = [tf.zeros([20]), tf.zeros([20, 11])];
    const step = (a: tf.Tensor, r: tf.Tensor): tf.Tensor =>
      grad((q: tf.Tensor) => tf.sum(inverseRationalQuadraticSpline(a, q, { bins: 4 }).value))(r);
    expect(explain(step, x, raw).islands).toEqual([]);
    tf.dispose([x, raw]);
  });

  it('refuses raw parameters of another size', () => {
    const [x, raw] = [tf.zeros([2]), tf.zeros([2, 10])];
    expect(() => rationalQuadraticSpline(x, raw, { bins: 4 })).toThrow(
      expect.objectContaining({ code: 'bad-spline-parameters' }),
    );
    tf.dispose([x, raw]);
  });
});
