import type { CostRows } from './cost.js';
import { wholeTotal, type WholeMasses } from './masses.js';
import type { SpanningTree } from './spanning-tree.js';

/** A transport plan, entry by entry: `mass[k]` goes from `source[k]` to `target[k]`. */
export interface TransportPlan {
  readonly source: Int32Array;
  readonly target: Int32Array;
  readonly mass: Float64Array;
}

/** Kantorovich potentials of the two measures. */
export interface TransportPotentials {
  readonly source: Float64Array;
  readonly target: Float64Array;
}

/** Compensated sum (Neumaier): costs of thousands of entries agree with their bound to the last digits. */
function accumulator(): { add: (value: number) => void; total: () => number } {
  let sum = 0;
  let lost = 0;
  return {
    add: (value) => {
      const next = sum + value;
      lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
      sum = next;
    },
    total: () => sum + lost,
  };
}

function readPlan(
  tree: SpanningTree,
  source: WholeMasses,
  target: WholeMasses,
  scale: number,
): TransportPlan {
  const { rows, root, parent, flow } = tree;
  const used: number[] = [];
  for (let node = 0; node < root; node++) if (flow[node] > 0 && parent[node] !== root) used.push(node);
  const row = (node: number) => source.places[node < rows ? node : parent[node]];
  const column = (node: number) => target.places[(node < rows ? parent[node] : node) - rows];
  return {
    source: Int32Array.from(used, row),
    target: Int32Array.from(used, column),
    mass: Float64Array.from(used, (node) => (flow[node] / wholeTotal) * scale),
  };
}

/**
 * Feasible potentials from those of the tree, by two c-transforms: v_j = min_i c_ij - u_i, then
 * u_i = min_j c_ij - v_j. Places without mass get their best value too.
 */
function feasiblePotentials(
  tree: SpanningTree,
  cost: CostRows,
  size: { readonly rows: number; readonly columns: number },
  source: WholeMasses,
): TransportPotentials {
  const u = new Float64Array(size.rows).fill(Infinity);
  const v = new Float64Array(size.columns).fill(Infinity);
  for (let k = 0; k < source.places.length; k++) {
    const i = source.places[k];
    const { values, offset } = cost.row(i);
    const own = tree.potential[k];
    for (let j = 0; j < size.columns; j++) {
      const bound = values[offset + j] - own;
      if (bound < v[j]) v[j] = bound;
    }
  }
  for (let i = 0; i < size.rows; i++) {
    const { values, offset } = cost.row(i);
    let bound = Infinity;
    for (let j = 0; j < size.columns; j++) {
      const value = values[offset + j] - v[j];
      if (value < bound) bound = value;
    }
    u[i] = bound;
  }
  return { source: u, target: v };
}

function marginalError(
  masses: ArrayLike<number>,
  factor: number,
  places: Int32Array,
  moved: Float64Array,
): number {
  const sums = new Float64Array(masses.length);
  for (let k = 0; k < places.length; k++) sums[places[k]] += moved[k];
  let worst = 0;
  for (let i = 0; i < sums.length; i++) worst = Math.max(worst, Math.abs(sums[i] - masses[i] * factor));
  return worst;
}

/** What the certificate is made from. */
export interface CertificateInput {
  readonly a: ArrayLike<number>;
  readonly b: ArrayLike<number>;
  readonly totalA: number;
  readonly totalB: number;
  /** Total mass of the plan. */
  readonly scale: number;
  readonly cost: CostRows;
  readonly source: WholeMasses;
  readonly target: WholeMasses;
  readonly tree: SpanningTree;
}

/** Reads the plan off the tree and bounds its distance from the optimum by feasible potentials. */
export function certify(input: CertificateInput): {
  cost: number;
  plan: TransportPlan;
  potentials: TransportPotentials;
  dualityGap: number;
  marginalError: number;
} {
  const { a, b, totalA, totalB, scale, cost, source, target, tree } = input;
  const plan = readPlan(tree, source, target, scale);
  const potentials = feasiblePotentials(tree, cost, { rows: a.length, columns: b.length }, source);

  const primal = accumulator();
  const gap = accumulator();
  for (let k = 0; k < plan.mass.length; k++) {
    const i = plan.source[k];
    const j = plan.target[k];
    const unit = cost.at(i, j);
    primal.add(plan.mass[k] * unit);
    // Term by term, because the difference of the two totals would cancel to noise.
    gap.add(plan.mass[k] * (unit - potentials.source[i] - potentials.target[j]));
  }
  const errors = [
    marginalError(a, scale / totalA, plan.source, plan.mass),
    marginalError(b, scale / totalB, plan.target, plan.mass),
  ];
  return {
    cost: primal.total(),
    plan,
    potentials,
    dualityGap: Math.max(0, gap.total()),
    marginalError: Math.max(...errors),
  };
}
