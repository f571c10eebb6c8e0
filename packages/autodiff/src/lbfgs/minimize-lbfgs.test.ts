import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, explain } from '@ebim/compiler';
import { treeTidy, useBackend } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { grad, lbfgs, minimizeLbfgs, valueAndGrad, type MinimizeLbfgsOptions } from '../index.js';
import { LBFGS_GOLDEN } from './lbfgs.golden.js';
import { LBFGS_GOLDEN_FLOAT32 } from './lbfgs-float32.golden.js';

type F = (x: tf.Tensor) => tf.Tensor;

const rosenbrock: F = (x) => {
  const [before, after] = [tf.slice(x, 0, x.size - 1), tf.slice(x, 1, x.size - 1)];
  const bend = tf.sub(after, tf.square(before));
  return tf.add(tf.mul(100, tf.sum(tf.square(bend))), tf.sum(tf.square(tf.sub(1, before))));
};
const quadratic: F = (x) => {
  const scale = tf.square(tf.range(1, x.size + 1));
  return tf.sub(tf.mul(0.5, tf.sum(tf.mul(scale, tf.square(x)))), tf.sum(x));
};
const rugged: F = (x) => {
  const quartic = tf.sub(tf.mul(0.05, tf.square(tf.square(x))), tf.square(x));
  const waves = tf.mul(0.6, tf.sin(tf.mul(7, x)));
  const ends = tf.mul(tf.slice(x, 0, 1), tf.slice(x, x.size - 1, 1));
  return tf.add(tf.sum(tf.add(quartic, waves)), tf.mul(0.3, tf.sum(ends)));
};
const problems: Record<string, F> = { rosenbrock, quadratic, rugged };

/** The result as numbers; frees the tensors. */
function numbers({ x, status }: ReturnType<typeof minimizeLbfgs>) {
  const [iterations, evaluations, converged, finite, value] = (
    ['iterations', 'evaluations', 'converged', 'finite', 'value'] as const
  ).map((name) => status[name].dataSync()[0]);
  const result = { x: [...x.dataSync()], iterations, evaluations, converged, finite, value };
  tf.dispose([x, status]);
  return result;
}

/** The same minimisation operation by operation, and as one program that has no islands. */
function bothWays(f: F, start: readonly number[], options: MinimizeLbfgsOptions) {
  const x0 = tf.tensor1d([...start]);
  const run = (x: tf.Tensor) => minimizeLbfgs(f, x, options);
  const compiled = compile(run);
  try {
    return [numbers(run(x0)), numbers(compiled(x0))];
  } finally {
    compiled.dispose();
    x0.dispose();
  }
}

const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((v, i) => Math.abs(v - b[i])));

const circle: F = (q) => tf.mean(tf.square(tf.sub(tf.sum(tf.square(q), 1), 1)));

describe('minimizeLbfgs against torch', () => {
  installLeakGuard();

  // Where float32 and float64 lead torch itself to other counts, rounding decides.
  const points = LBFGS_GOLDEN.flatMap((run, r) =>
    run.points.flatMap((exact, i) => {
      const rounded = LBFGS_GOLDEN_FLOAT32[r].points[i];
      const same = exact.iterations === rounded.iterations && exact.evaluations === rounded.evaluations;
      return same ? [{ run, steps: i + 1, exact, rounded }] : [];
    }),
  );

  it('has enough to compare with', () => {
    expect(points.length).toBeGreaterThan(35);
    for (const name of Object.keys(problems))
      expect(points.some(({ run }) => run.name === name && 'line_search_fn' in run.options)).toBe(true);
  });

  const named = points.map((point) => {
    const { name, options } = point.run;
    return [`${name} ${JSON.stringify(options)}, step ${point.steps}`, point] as const;
  });
  it.each(named)('follows it: %s', async (_, { run, steps, exact, rounded }) => {
    await useBackend('cpu');
    const given: {
      readonly line_search_fn?: string;
      readonly lr?: number;
      readonly max_iter?: number;
      readonly history_size?: number;
    } = run.options;
    const results = bothWays(problems[run.name], run.start, {
      steps,
      lineSearch: given.line_search_fn === undefined ? 'none' : 'strongWolfe',
      learningRate: given.lr,
      maxIterations: given.max_iter,
      historySize: given.history_size,
    });
    const rounding = largestDifference(exact.x, rounded.x);
    for (const { x, iterations, evaluations } of results) {
      expect([iterations, evaluations]).toEqual([exact.iterations, exact.evaluations]);
      expect(largestDifference(x, exact.x)).toBeLessThan(1e-5 + 10 * rounding);
    }
  });
});

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  describe.each(['none', 'strongWolfe'] as const)('minimizeLbfgs, line search %s', (lineSearch) => {
    const options = { lineSearch, steps: 5 };

    it('projects a batch to the circle, and leaks nothing', () => {
      const start = tf.tensor2d([2, 0.1, -0.3, 0.4, 0.5, -1.5], [3, 2]);
      const compiled = compile((q: tf.Tensor) => minimizeLbfgs(circle, q, options));
      for (const run of [(q: tf.Tensor) => minimizeLbfgs(circle, q, options), compiled])
        expectNoLeak(() => {
          const result = run(start);
          const x = result.x.dataSync();
          expect(result.x.shape).toEqual([3, 2]);
          for (const i of [0, 2, 4]) expect(Math.hypot(x[i], x[i + 1])).toBeCloseTo(1, 3);
          expect(result.status.converged.dataSync()[0]).toBe(1);
          expect(result.status.finite.dataSync()[0]).toBe(1);
          expect(result.status.evaluations.dataSync()[0]).toBeGreaterThanOrEqual(
            result.status.iterations.dataSync()[0],
          );
          return result;
        });
      compiled.dispose();
      start.dispose();
    });

    it('works inside of tidy and is a constant under a gradient', () => {
      tf.tidy(() => {
        const start = tf.tensor2d([2, 0.1], [1, 2]);
        const f = (q: tf.Tensor) => tf.sum(tf.mul(minimizeLbfgs(circle, q, options).x, q));
        const projected = minimizeLbfgs(circle, start, options).x.dataSync();
        grad(f)(start)
          .dataSync()
          .forEach((v, i) => expect(v).toBeCloseTo(projected[i], 5));
      });
    });
  });
});

describe('minimizeLbfgs', () => {
  installLeakGuard();
  const lineSearches = ['none', 'strongWolfe'] as const;

  /** What the float64 version on the host makes of the same function. */
  const onHost = (f: F, start: readonly number[], { steps = 1, ...options }: MinimizeLbfgsOptions) => {
    const { init, step } = lbfgs(options);
    const objective = (x: Float64Array) => {
      const { value, grad: gradient } = treeTidy(() => valueAndGrad(f)(tf.tensor1d(Float32Array.from(x))));
      const read = { value: value.dataSync()[0], gradient: Float64Array.from(gradient.dataSync()) };
      tf.dispose([value, gradient]);
      return read;
    };
    let state = init(start);
    for (let i = 0; i < steps; i++) state = step(objective, state);
    return { x: [...state.x], iterations: state.iterations, evaluations: state.evaluations };
  };

  it('is the same eager, compiled and on the host, for random functions', async () => {
    await useBackend('cpu');
    const number = fc.integer({ min: -20, max: 20 }).map((v) => v / 10);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }).chain((n) =>
          fc.record({
            start: fc.array(number, { minLength: n, maxLength: n }),
            matrix: fc.array(number, { minLength: n * n, maxLength: n * n }),
            wave: fc.constantFrom(0, 0.3, 1),
          }),
        ),
        fc.constantFrom(...lineSearches),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 4 }),
        ({ start, matrix, wave }, lineSearch, maxIterations, steps, historySize) => {
          const n = start.length;
          // Convex without the wave.
          const f: F = (x) => {
            const image = tf.dot(tf.tensor2d(matrix, [n, n]), x);
            const bowl = tf.add(tf.sum(tf.square(image)), tf.sum(tf.square(tf.sub(x, 0.3))));
            return tf.add(bowl, tf.mul(wave, tf.sum(tf.sin(tf.mul(2, x)))));
          };
          // Short steps, so that the trajectory without line search does not explode.
          const options = { lineSearch, maxIterations, steps, historySize, learningRate: 0.5 };
          const host = onHost(f, start, options);
          for (const result of bothWays(f, start, options)) {
            expect([result.iterations, result.evaluations]).toEqual([host.iterations, host.evaluations]);
            const size = Math.max(1, ...host.x.map(Math.abs));
            expect(largestDifference(result.x, host.x)).toBeLessThan(2e-3 * size);
            expect(result.finite).toBe(1);
          }
        },
      ),
      { numRuns: 40, seed: 4 },
    );
  });

  it('finds the minima of random convex functions', async () => {
    await useBackend('cpu');
    const number = fc.integer({ min: -20, max: 20 }).map((v) => v / 10);
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 4, maxLength: 4 }),
        fc.array(number, { minLength: 16, maxLength: 16 }),
        (start, matrix) => {
          const f: F = (x) =>
            tf.add(
              tf.sum(tf.square(tf.dot(tf.tensor2d(matrix, [4, 4]), tf.sub(x, 0.3)))),
              tf.sum(tf.square(tf.sub(x, 0.3))),
            );
          for (const result of bothWays(f, start, { lineSearch: 'strongWolfe', steps: 3 })) {
            expect(result.converged).toBe(1);
            expect(largestDifference(result.x, [0.3, 0.3, 0.3, 0.3])).toBeLessThan(1e-3);
          }
        },
      ),
      { numRuns: 15, seed: 5 },
    );
  });

  it.each(lineSearches)(
    'ends on functions that are NaN, infinite or unbounded below: %s',
    async (lineSearch) => {
      await useBackend('cpu');
      const nan: F = (x) => tf.mul(tf.sum(x), NaN);
      const wall: F = (x) => tf.sum(tf.where(tf.greater(x, 0.5), tf.div(x, 0), tf.neg(x)));
      const fall: F = (x) => tf.neg(tf.sum(x));
      for (const result of bothWays(nan, [0], { lineSearch })) {
        expect(result.finite).toBe(0);
        expect(result.converged).toBe(0);
      }
      for (const f of [wall, fall])
        for (const result of bothWays(f, [0], { lineSearch })) {
          expect(result.evaluations).toBeLessThan(25 * 27);
          expect(result.iterations).toBeLessThanOrEqual(20);
        }
    },
  );

  it('stays at a minimum, with one evaluation', async () => {
    await useBackend('cpu');
    for (const lineSearch of lineSearches)
      for (const result of bothWays((x) => tf.sum(tf.square(x)), [0, 0], { lineSearch, steps: 4 }))
        expect(result).toEqual({
          x: [0, 0],
          iterations: 0,
          evaluations: 1,
          converged: 1,
          finite: 1,
          value: 0,
        });
  });

  it('takes no more steps where one changes nothing', async () => {
    await useBackend('cpu');
    for (const result of bothWays(rugged, [0.3, -3.1, 4.4], { lineSearch: 'strongWolfe', steps: 100 })) {
      expect(largestDifference(result.x, [0.6923292, -2.94404, 2.5250556])).toBeLessThan(1e-5);
      expect(result.iterations).toBeLessThan(30);
      expect(result.converged).toBe(1);
    }
  });

  it('does not call it convergence when iterations run out', async () => {
    await useBackend('cpu');
    for (const lineSearch of lineSearches)
      for (const result of bothWays(rosenbrock, [-1.2, 1], { lineSearch, maxIterations: 3 })) {
        expect(result.converged).toBe(0);
        expect(result.iterations).toBeLessThanOrEqual(3);
      }
  });

  it('compiles without islands', async () => {
    await useBackend('cpu');
    const x0 = tf.tensor1d([0.3, -3.1, 4.4]);
    for (const lineSearch of lineSearches)
      for (const steps of [1, 3])
        expect(
          explain((x: tf.Tensor) => minimizeLbfgs(rugged, x, { lineSearch, steps }), x0).islands,
        ).toEqual([]);
    x0.dispose();
  });

  it('refuses wrong options and arguments', () => {
    tf.tidy(() => {
      const x0 = tf.zeros([2]);
      for (const options of [{ steps: 0 }, { steps: 1.5 }, { learningRate: 0 }, { maxTrials: 0 }])
        expect(() => minimizeLbfgs(quadratic, x0, options)).toThrow(
          expect.objectContaining({ code: 'bad-option' }) as Error,
        );
      expect(() => minimizeLbfgs((x) => x, x0)).toThrow(
        expect.objectContaining({ code: 'loss-not-scalar' }) as Error,
      );
      expect(() => minimizeLbfgs(quadratic, tf.zeros([2], 'int32'))).toThrow(
        expect.objectContaining({ code: 'not-a-float-tensor' }) as Error,
      );
    });
  });
});
