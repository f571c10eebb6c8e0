import { describe, expect, it } from 'vitest';
import { lbfgs, type LbfgsOptions } from '../index.js';
import { LBFGS_GOLDEN } from './lbfgs.golden.js';

type F = (x: Float64Array) => { value: number; gradient: Float64Array };

const rosenbrock: F = (x) => {
  const gradient = new Float64Array(x.length);
  let value = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b] = [x[i + 1] - x[i] ** 2, 1 - x[i]];
    value += 100 * a * a + b * b;
    gradient[i] += -400 * a * x[i] - 2 * b;
    gradient[i + 1] += 200 * a;
  }
  return { value, gradient };
};
const quadratic: F = (x) => ({
  value: x.reduce((sum, v, i) => sum + 0.5 * (i + 1) ** 2 * v * v - v, 0),
  gradient: x.map((v, i) => (i + 1) ** 2 * v - 1),
});
const rugged: F = (x) => {
  const last = x.length - 1;
  const gradient = x.map((v) => 0.2 * v ** 3 - 2 * v + 4.2 * Math.cos(7 * v));
  gradient[0] += 0.3 * x[last];
  gradient[last] += 0.3 * x[0];
  const value = x.reduce((sum, v) => sum + 0.05 * v ** 4 - v * v + 0.6 * Math.sin(7 * v), 0);
  return { value: value + 0.3 * x[0] * x[last], gradient };
};
const problems: Record<string, F> = { rosenbrock, quadratic, rugged };

interface TorchOptions {
  readonly line_search_fn?: string;
  readonly lr?: number;
  readonly max_iter?: number;
  readonly history_size?: number;
}
const translate = ({ line_search_fn, lr, max_iter, history_size }: TorchOptions): LbfgsOptions => ({
  lineSearch: line_search_fn === 'strong_wolfe' ? 'strongWolfe' : 'none',
  learningRate: lr,
  maxIterations: max_iter,
  historySize: history_size,
});

describe('lbfgs', () => {
  it.each(LBFGS_GOLDEN.map((run) => [`${run.name} ${JSON.stringify(run.options)}`, run] as const))(
    'follows torch: %s',
    async (_, { name, options, start, points }) => {
      const { init, step } = lbfgs(translate(options));
      const f = problems[name];
      let state = init(start);
      let asynchronous = init(start);
      for (const point of points) {
        state = step(f, state);
        expect(state.iterations).toBe(point.iterations);
        expect(state.evaluations).toBe(point.evaluations);
        state.x.forEach((v, i) => {
          expect(Math.abs(v - point.x[i])).toBeLessThan(1e-10 * Math.max(1, Math.abs(v)));
        });
        asynchronous = await step((x) => Promise.resolve(f(x)), asynchronous);
        expect(asynchronous).toEqual(state);
      }
    },
  );

  it('finds minima to rounding and says why it stopped', () => {
    const { init, step } = lbfgs({ lineSearch: 'strongWolfe', maxIterations: 200 });
    const solved = step(rosenbrock, init([-1.2, 1]));
    // The last values differ by less than 1e-9, which leaves x within about its square root.
    expect(solved.x[0]).toBeCloseTo(1, 4);
    expect(solved.x[1]).toBeCloseTo(1, 4);
    expect(['gradient', 'change', 'slope']).toContain(solved.stop);
    expect(step(quadratic, init([1, 0.25])).stop).toBe('gradient');
    expect(lbfgs({ maxIterations: 4 }).step(rosenbrock, init([0, 0])).stop).toBe('iterations');
  });

  it('is pure: neither state, start point nor what f was given changes', () => {
    const { init, step } = lbfgs({ lineSearch: 'strongWolfe', maxIterations: 3 });
    const start = [-1.2, 1];
    const meddling: F = (x) => {
      const result = rosenbrock(x);
      x.fill(NaN);
      return result;
    };
    const first = step(meddling, init(start));
    const copy = structuredClone(first);
    expect(step(rosenbrock, first)).toEqual(step(rosenbrock, copy));
    expect(first).toEqual(copy);
    expect(start).toEqual([-1.2, 1]);
  });

  it('ends on functions that are NaN, infinite or unbounded below', () => {
    const { init, step } = lbfgs({ lineSearch: 'strongWolfe' });
    const nan: F = (x) => ({ value: NaN, gradient: x.map(() => NaN) });
    const wall: F = (x) =>
      x[0] > 0.5
        ? { value: Infinity, gradient: Float64Array.of(NaN) }
        : { value: -x[0], gradient: Float64Array.of(-1) };
    const fall: F = (x) => ({ value: -x[0], gradient: Float64Array.of(-1) });
    for (const f of [nan, wall, fall]) {
      const state = step(f, init([0]));
      expect(state.evaluations).toBeLessThan(25 * 27);
      expect(state.stop).not.toBeNull();
    }
  });

  it('refuses wrong options and gradients', () => {
    for (const options of [
      { learningRate: 0 },
      { learningRate: NaN },
      { maxIterations: 0 },
      { historySize: 1.5 },
      { toleranceChange: -1 },
      { lineSearch: 'armijo' as 'none' },
    ])
      expect(() => lbfgs(options)).toThrow(expect.objectContaining({ code: 'bad-option' }) as Error);
    const { init, step } = lbfgs();
    expect(() => step(() => ({ value: 0, gradient: new Float64Array(3) }), init([1]))).toThrow(/gradient/);
  });
});
