import { DataError, ConfigError, ShapeError } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costMatrix, goldenProblem } from './golden-problems.js';
import golden from './golden-transport.json';
import { optimalTransport, type OptimalTransportResult } from './optimal-transport.js';

/** Proves a result from the outside: feasible plan, feasible potentials, equal values. */
function expectOptimal(
  result: OptimalTransportResult,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  costAt: (i: number, j: number) => number,
): void {
  const { plan, potentials } = result;
  let scale = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) scale = Math.max(scale, Math.abs(costAt(i, j)));
  }
  const rows = new Float64Array(a.length);
  const columns = new Float64Array(b.length);
  let primal = 0;
  plan.mass.forEach((mass, k) => {
    expect(mass).toBeGreaterThan(0);
    rows[plan.source[k]] += mass;
    columns[plan.target[k]] += mass;
    primal += mass * costAt(plan.source[k], plan.target[k]);
  });
  const total = Array.from(a).reduce((sum, mass) => sum + mass, 0);
  rows.forEach((mass, i) => expect(Math.abs(mass - a[i])).toBeLessThanOrEqual(1e-12 * total));
  columns.forEach((mass, j) => expect(Math.abs(mass - b[j])).toBeLessThanOrEqual(1e-12 * total));
  let dual = 0;
  for (let i = 0; i < a.length; i++) {
    dual += a[i] * potentials.source[i];
    for (let j = 0; j < b.length; j++) {
      const slack = costAt(i, j) - potentials.source[i] - potentials.target[j];
      if (!(slack >= -1e-12 * scale)) expect.fail(`potentials infeasible by ${slack} at ${i}, ${j}`);
    }
  }
  for (let j = 0; j < b.length; j++) dual += b[j] * potentials.target[j];
  expect(result.status).toBe('optimal');
  expect(Math.abs(result.cost - primal)).toBeLessThanOrEqual(1e-12 * scale * total);
  expect(Math.abs(primal - dual)).toBeLessThanOrEqual(1e-11 * scale * total);
  expect(plan.mass.length).toBeLessThanOrEqual(a.length + b.length - 1);
}

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
  );
}

const normalised = (masses: ArrayLike<number>) => {
  const total = Array.from(masses).reduce((sum, mass) => sum + mass, 0);
  return Float64Array.from(masses, (mass) => mass / total);
};

describe('optimalTransport', () => {
  it.each(golden.cases)('agrees with POT: $rows x $columns $masses $metric', (test) => {
    const { a, b, source, target, metric } = goldenProblem(test);
    const cost = costMatrix(source, target, metric);
    const result = optimalTransport(a, b, cost, { normalise: true });
    expect(result.cost / test.cost).toBeCloseTo(1, 11);
    expectOptimal(result, normalised(a), normalised(b), (i, j) => cost[i * b.length + j]);
  });

  it('finds the same from a matrix, float32, a function and points', () => {
    const { a, b, source, target, metric } = goldenProblem(golden.cases[3]);
    const cost = costMatrix(source, target, metric);
    const options = { normalise: true };
    const expected = optimalTransport(a, b, cost, options).cost;
    const at = (i: number, j: number) => cost[i * b.length + j];
    expect(optimalTransport(a, b, at, options).cost).toBeCloseTo(expected, 13);
    expect(optimalTransport(a, b, { source, target, metric }, options).cost).toBeCloseTo(expected, 13);
    expect(optimalTransport(a, b, Float32Array.from(cost), options).cost).toBeCloseTo(expected, 6);
    expect(optimalTransport(a, b, { source, target }, options).cost).toBeCloseTo(
      optimalTransport(a, b, costMatrix(source, target, 'sqeuclidean'), options).cost,
      13,
    );
  });

  it('is the best assignment for equal masses, any costs, ties included', () => {
    const orders = new Map(Array.from({ length: 6 }, (_, n) => [n, permutations(n)]));
    const cases = fc.integer({ min: 1, max: 5 }).chain((n) =>
      fc.record({
        n: fc.constant(n),
        cost: fc.array(fc.integer({ min: -4, max: 4 }), { minLength: n * n, maxLength: n * n }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ n, cost }) => {
        const totals = (orders.get(n) ?? []).map((order) =>
          order.reduce((sum, j, i) => sum + cost[i * n + j], 0),
        );
        const ones = new Array<number>(n).fill(1);
        const result = optimalTransport(ones, ones, Float64Array.from(cost));
        expect(result.cost).toBeCloseTo(Math.min(...totals), 10);
        expectOptimal(result, ones, ones, (i, j) => cost[i * n + j]);
      }),
      { numRuns: 300 },
    );
  });

  it('proves itself for random masses with zeros, duplicates and negative costs', () => {
    const masses = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5 })), {
      minLength: 1,
      maxLength: 15,
    });
    const some = masses.filter((values) => values.some((mass) => mass > 0));
    const cases = fc.tuple(some, some).chain(([a, b]) =>
      fc.record({
        a: fc.constant(normalised(a)),
        b: fc.constant(normalised(b)),
        cost: fc.array(
          fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -5, max: 5, noNaN: true })),
          {
            minLength: a.length * b.length,
            maxLength: a.length * b.length,
          },
        ),
      }),
    );
    fc.assert(
      fc.property(cases, ({ a, b, cost }) => {
        const result = optimalTransport(a, b, Float64Array.from(cost));
        expectOptimal(result, a, b, (i, j) => cost[i * b.length + j]);
        for (const i of result.plan.source) expect(a[i]).toBeGreaterThan(0);
        for (const j of result.plan.target) expect(b[j]).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  it('is the integral of |F - G| on a line', () => {
    const point = fc.record({
      x: fc.double({ min: -5, max: 5, noNaN: true }),
      mass: fc.double({ min: 0.01, max: 3, noNaN: true }),
    });
    const measure = fc.array(point, { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(measure, measure, (p, q) => {
        const a = normalised(p.map(({ mass }) => mass));
        const b = normalised(q.map(({ mass }) => mass));
        const jumps = [...p.map(({ x }, i) => ({ x, by: a[i] })), ...q.map(({ x }, j) => ({ x, by: -b[j] }))];
        jumps.sort((s, t) => s.x - t.x);
        let height = 0;
        let area = 0;
        for (let k = 0; k + 1 < jumps.length; k++) {
          height += jumps[k].by;
          area += Math.abs(height) * (jumps[k + 1].x - jumps[k].x);
        }
        const result = optimalTransport(a, b, (i, j) => Math.abs(p[i].x - q[j].x));
        expect(result.cost).toBeCloseTo(area, 11);
      }),
    );
  });

  it('shifts with the costs of rows and columns and scales with cost and mass', () => {
    const { a, b, source, target, metric } = goldenProblem(golden.cases[2]);
    const cost = costMatrix(source, target, metric);
    const base = optimalTransport(a, b, cost, { normalise: true }).cost;
    const [p, q] = [normalised(a), normalised(b)];
    const shifted = cost.map(
      (value, k) => 3 * value + Math.sin(Math.floor(k / b.length)) + (k % b.length) / 7,
    );
    let shift = 0;
    p.forEach((mass, i) => (shift += mass * Math.sin(i)));
    q.forEach((mass, j) => (shift += (mass * j) / 7));
    expect(optimalTransport(p, q, shifted).cost).toBeCloseTo(3 * base + shift, 10);
    const heavy = optimalTransport(
      p.map((mass) => 1000 * mass),
      q.map((mass) => 1000 * mass),
      cost,
    );
    expect(heavy.cost / base).toBeCloseTo(1000, 7);
    expectOptimal(
      heavy,
      p.map((mass) => 1000 * mass),
      q.map((mass) => 1000 * mass),
      (i, j) => cost[i * b.length + j],
    );
  });

  it('costs nothing between a measure and itself, however degenerate', () => {
    const n = 60;
    const masses = new Float64Array(n).fill(1 / n);
    const result = optimalTransport(masses, masses, (i, j) => Math.abs((i % 10) - (j % 10)));
    expect(result.cost).toBe(0);
    expect(result.status).toBe('optimal');
  });

  it('handles free transport and single masses', () => {
    expect(optimalTransport([1, 2], [3], new Float64Array(2))).toMatchObject({ cost: 0, status: 'optimal' });
    expect(optimalTransport([3], [1, 2], Float64Array.of(4, 7)).cost).toBeCloseTo(18, 13);
  });

  it('solves cells in spatial order with equal masses in few pivots', () => {
    // Cells of a sphere, row by row, against a spiral of points: with rows priced in this order it takes 92 000.
    const ticks = Array.from({ length: 20 }, (_, i) => -1.3 + (i + 0.5) * 0.13);
    const cells = ticks
      .flatMap((x) => ticks.flatMap((y) => ticks.map((z) => [x, y, z])))
      .filter((cell) => Math.abs(Math.hypot(...cell) - 1) < 0.078);
    const columns = 1500;
    const spiral = Array.from({ length: columns }, (_, i) => {
      const z = 1 - 2 * ((i + 0.5) / columns) ** 2;
      const [angle, ring] = [(Math.sqrt(5) - 1) * Math.PI * i, Math.sqrt(1 - z * z)];
      return [ring * Math.cos(angle), ring * Math.sin(angle), z];
    });
    const source = { data: Float64Array.from(cells.flat()), rows: cells.length, columns: 3 };
    const target = { data: Float64Array.from(spiral.flat()), rows: columns, columns: 3 };
    const [a, b] = [normalised(cells.map(() => 1)), normalised(spiral.map(() => 1))];
    const cost = costMatrix(source, target, 'sqeuclidean');
    const result = optimalTransport(a, b, cost);
    expectOptimal(result, a, b, (i, j) => cost[i * columns + j]);
    expect(result.iterations).toBeLessThan(50_000);
  });

  it('computes costs row by row when the matrix would be too large', () => {
    // Every target lies on its own side of the line: the total distance is known without solving.
    const rows = 4200;
    const columns = 4100;
    const source = { data: Float64Array.from({ length: rows }, (_, i) => i / rows), rows, columns: 1 };
    const target = {
      data: Float64Array.from({ length: columns }, (_, j) => 2 + j),
      rows: columns,
      columns: 1,
    };
    const [a, b] = [new Float64Array(rows).fill(1), new Float64Array(columns).fill(1)];
    const result = optimalTransport(a, b, { source, target, metric: 'euclidean' }, { normalise: true });
    expect(result.status).toBe('optimal');
    expect(result.cost).toBeCloseTo(2 + (columns - 1) / 2 - (rows - 1) / 2 / rows, 8);
  });

  it('says when it had to stop, with a feasible plan and a true bound', () => {
    const test = golden.cases[6];
    const { a, b, source, target, metric } = goldenProblem(test);
    const result = optimalTransport(a, b, { source, target, metric }, { normalise: true, maxIterations: 50 });
    expect(result.status).toBe('iteration-limit');
    expect(result.iterations).toBe(50);
    expect(result.cost).toBeGreaterThan(test.cost);
    expect(result.cost - result.dualityGap).toBeLessThanOrEqual(test.cost + 1e-12);
    expect(result.marginalError).toBeLessThan(1e-12);
  });

  it('keeps masses of very different size', () => {
    const a = [1e-9, 1 - 1e-9];
    const b = [0.5, 0.5];
    const result = optimalTransport(a, b, Float64Array.of(0, 1e6, 0, 0));
    expect(result.cost).toBe(0);
    expectOptimal(result, a, b, (i, j) => [0, 1e6, 0, 0][2 * i + j]);
  });

  const ok = Float64Array.of(0, 1, 1, 0);
  it.each([
    ['no masses', [], [1], new Float64Array(0), 'empty-measure'],
    ['no mass', [0, 0], [1], new Float64Array(2), 'empty-measure'],
    ['negative', [-1, 2], [0.5, 0.5], ok, 'negative-mass'],
    ['NaN', [0.5, 0.5], [NaN, 1], ok, 'mass-not-finite'],
    ['infinite', [0.5, 0.5], [Infinity, 1], ok, 'mass-not-finite'],
    ['unbalanced', [0.5, 0.5], [0.5, 0.6], ok, 'unbalanced-masses'],
    ['NaN cost', [0.5, 0.5], [0.5, 0.5], Float64Array.of(0, NaN, 1, 0), 'cost-not-finite'],
    ['infinite cost', [0.5, 0.5], [0.5, 0.5], Float64Array.of(0, Infinity, 1, 0), 'cost-not-finite'],
  ])('refuses %s', (_, a: number[], b: number[], cost, code) => {
    const attempt = () => optimalTransport(a, b, cost);
    expect(attempt).toThrow(DataError);
    expect(attempt).toThrow(expect.objectContaining({ code }));
  });

  it('refuses costs and options that do not fit', () => {
    expect(() => optimalTransport([1], [1], ok)).toThrow(ShapeError);
    const line = { data: Float64Array.of(0, 1), rows: 2, columns: 1 };
    const plane = { data: Float64Array.of(0, 1, 0, 1), rows: 2, columns: 2 };
    expect(() => optimalTransport([1, 1], [1, 1], { source: line, target: plane })).toThrow(ShapeError);
    expect(() => optimalTransport([1, 1], [2], { source: line, target: line })).toThrow(ShapeError);
    expect(() => optimalTransport([1, 1], [1, 1], ok, { maxIterations: -1 })).toThrow(ConfigError);
    expect(() => optimalTransport([1, 1], [1, 1], ok, { balanceTolerance: NaN })).toThrow(ConfigError);
    const bad = { source: line, target: line, metric: 'cosine' as 'euclidean' };
    expect(() => optimalTransport([1, 1], [1, 1], bad)).toThrow(/cosine/);
  });

  it('accepts totals that differ by rounding, and any totals when asked to normalise', () => {
    expect(optimalTransport([0.5, 0.5], [0.5, 0.5000001], ok).status).toBe('optimal');
    expect(optimalTransport([3, 1], [1, 1], ok, { normalise: true }).cost).toBeCloseTo(0.25, 14);
  });
});
