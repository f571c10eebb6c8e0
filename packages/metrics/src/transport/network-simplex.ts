import type { CostRows } from './cost.js';
import { greedyBasis } from './greedy-basis.js';
import { computePotentials, pivot, type SpanningTree } from './spanning-tree.js';

/** Whole-number masses, both of the same total, all positive, and the cost of each pair. */
export interface TransportProblem {
  readonly supply: Float64Array;
  readonly demand: Float64Array;
  readonly cost: CostRows;
  /** Largest absolute cost: the scale of the pricing tolerance. */
  readonly costScale: number;
}

export interface SimplexOptions {
  readonly maxIterations: number;
}

export interface SimplexResult {
  readonly tree: SpanningTree;
  readonly iterations: number;
  readonly finished: boolean;
}

/** Position of the most negative reduced cost of a stretch of one row, and its value. */
interface Candidate {
  column: number;
  value: number;
}

function scan(
  costs: Float64Array | Float32Array,
  offset: number,
  from: number,
  to: number,
  potential: Float64Array,
  row: number,
  rows: number,
  best: Candidate,
): boolean {
  const u = potential[row];
  let value = best.value + u;
  let column = -1;
  for (let j = from; j < to; j++) {
    const reduced = costs[offset + j] - potential[rows + j];
    if (reduced < value) {
      value = reduced;
      column = j;
    }
  }
  if (column === -1) return false;
  best.value = value - u;
  best.column = column;
  return true;
}

/**
 * Primal network simplex for the transport problem with block-search pricing: arcs are visited in rows, cyclically,
 * and the most negative reduced cost of a block enters the basis.
 *
 * Flows are whole numbers, hence exact; potentials are recomputed from the tree before optimality is believed.
 */
export function networkSimplex(problem: TransportProblem, options: SimplexOptions): SimplexResult {
  const { supply, demand, cost, costScale } = problem;
  const rows = supply.length;
  const columns = demand.length;
  const tree = greedyBasis(problem);
  computePotentials(tree, cost.at);
  const { potential } = tree;

  const block = Math.max(20, Math.ceil(Math.sqrt(rows * columns)));
  const tolerance = 8 * Number.EPSILON * costScale;
  const best: Candidate = { column: -1, value: 0 };
  let iterations = 0;
  let row = 0;
  let column = 0;
  let fresh = true;

  for (;;) {
    let remaining = rows * columns;
    let enteringRow = -1;
    while (remaining > 0 && enteringRow === -1) {
      best.value = -tolerance;
      let left = Math.min(block, remaining);
      remaining -= left;
      while (left > 0) {
        const end = Math.min(columns, column + left);
        const { values, offset } = cost.row(row);
        if (scan(values, offset, column, end, potential, row, rows, best)) enteringRow = row;
        left -= end - column;
        column = end;
        if (column === columns) {
          column = 0;
          row = row + 1 === rows ? 0 : row + 1;
        }
      }
    }
    if (enteringRow === -1) {
      if (fresh) return { tree, iterations, finished: true };
      computePotentials(tree, cost.at);
      fresh = true;
      continue;
    }
    if (iterations === options.maxIterations) return { tree, iterations, finished: false };
    pivot(tree, enteringRow, best.column, best.value);
    iterations++;
    fresh = false;
  }
}
