import type { Points } from '../points.js';
import type { GroundMetric } from './cost.js';

/** One problem of `tools/golden/optimal_transport.py`. */
export interface GoldenCase {
  readonly rows: number;
  readonly columns: number;
  readonly dimension: number;
  readonly masses: string;
  readonly metric: string;
  readonly seed: number;
  readonly grid?: number;
  readonly cost: number;
}

/** The inputs of a golden problem, made by the same generator as in Python. */
export function goldenProblem(test: GoldenCase): {
  a: Float64Array;
  b: Float64Array;
  source: Points;
  target: Points;
  metric: GroundMetric;
} {
  let state = test.seed;
  const next = () => {
    state = (16807 * state) % 2147483647;
    return state / 2147483647;
  };
  const draw = (count: number) => Float64Array.from({ length: count }, next);
  const { rows, columns, dimension, grid = 0 } = test;
  const uniform = test.masses === 'uniform';
  const a = uniform ? new Float64Array(rows).fill(1) : draw(rows);
  const b = uniform ? new Float64Array(columns).fill(1) : draw(columns);
  const sparse = test.masses === 'sparse';
  const peaked = test.masses === 'peaked';
  const shape = (floor: number) => (mass: number) =>
    sparse && mass < floor ? 0 : peaked ? mass ** 12 : mass;
  const cells = (value: number) => (grid === 0 ? value : Math.floor(value * grid));
  return {
    a: a.map(shape(0.5)),
    b: b.map(shape(0.3)),
    source: { data: draw(rows * dimension).map(cells), rows, columns: dimension },
    target: { data: draw(columns * dimension).map(cells), rows: columns, columns: dimension },
    metric: test.metric === 'euclidean' ? 'euclidean' : 'sqeuclidean',
  };
}

/** Row-major matrix of the costs between two sets of points. */
export function costMatrix(source: Points, target: Points, metric: GroundMetric): Float64Array {
  const cost = new Float64Array(source.rows * target.rows);
  for (let i = 0; i < source.rows; i++) {
    for (let j = 0; j < target.rows; j++) {
      let sum = 0;
      for (let d = 0; d < source.columns; d++) {
        sum += (source.data[i * source.columns + d] - target.data[j * target.columns + d]) ** 2;
      }
      cost[i * target.rows + j] = metric === 'euclidean' ? Math.sqrt(sum) : sum;
    }
  }
  return cost;
}
