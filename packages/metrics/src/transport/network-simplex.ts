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

/** Options of {@link networkSimplex}. */
export interface SimplexOptions {
  /** Pivots after which to give up. */
  readonly maxIterations: number;
}

/** Where {@link networkSimplex} stopped. */
export interface SimplexResult {
  readonly tree: SpanningTree;
  readonly iterations: number;
  /** No arc prices out any more. */
  readonly finished: boolean;
}

/** How often potentials are recomputed and priced again before the certificate must decide. */
const maxRefreshes = 20;

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
 * A fixed order of the rows that puts neighbours far apart. Masses often come sorted in space; successive blocks
 * would then price nearly the same arcs, which costs tens of times more pivots.
 */
function scatteredOrder(rows: number): Int32Array {
  const golden = (Math.sqrt(5) - 1) / 2;
  const fraction = (i: number) => (i * golden) % 1;
  return Int32Array.from({ length: rows }, (_, i) => i).sort((i, j) => fraction(i) - fraction(j));
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
  // Potentials are sums along paths of hundreds of arcs. A tolerance below their rounding would pivot on noise for
  // ever; this one costs at most 6e-14 of the largest cost, and the certificate measures what it did cost.
  const tolerance = 256 * Number.EPSILON * costScale;
  const best: Candidate = { column: -1, value: 0 };
  const order = scatteredOrder(rows);
  let iterations = 0;
  let turn = 0;
  let column = 0;
  let fresh = true;
  let refreshes = 0;

  for (;;) {
    let remaining = rows * columns;
    let enteringRow = -1;
    while (remaining > 0 && enteringRow === -1) {
      best.value = -tolerance;
      let left = Math.min(block, remaining);
      remaining -= left;
      while (left > 0) {
        const end = Math.min(columns, column + left);
        const row = order[turn];
        const { values, offset } = cost.row(row);
        if (scan(values, offset, column, end, potential, row, rows, best)) enteringRow = row;
        left -= end - column;
        column = end;
        if (column === columns) {
          column = 0;
          turn = turn + 1 === rows ? 0 : turn + 1;
        }
      }
    }
    if (enteringRow === -1) {
      if (fresh || refreshes === maxRefreshes) return { tree, iterations, finished: true };
      computePotentials(tree, cost.at);
      fresh = true;
      refreshes++;
      continue;
    }
    if (iterations === options.maxIterations) return { tree, iterations, finished: false };
    pivot(tree, enteringRow, best.column, best.value);
    iterations++;
    fresh = false;
  }
}
