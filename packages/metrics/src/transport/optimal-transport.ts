import { ConfigError } from '@ebim/runtime';
import { certify, type TransportPlan, type TransportPotentials } from './certificate.js';
import { largestCost, openCost, selectCost, type TransportCost } from './cost.js';
import { checkBalance, totalMass, toWholeMasses } from './masses.js';
import { networkSimplex } from './network-simplex.js';

/** Options of {@link optimalTransport}. */
export interface OptimalTransportOptions {
  /** Scale both measures to total mass 1 before anything else. Default false. */
  readonly normalise?: boolean;
  /** Largest relative difference of the two totals that passes as rounding. Default 1e-6 (float32 sums). */
  readonly balanceTolerance?: number;
  /** Pivots after which to give up with status `iteration-limit`. Default max(100 000, 2000 (rows + columns)). */
  readonly maxIterations?: number;
}

/** What {@link optimalTransport} found, with the proof. */
export interface OptimalTransportResult {
  /** Total cost of the plan: an upper bound of the optimal cost, equal to it up to `dualityGap`. */
  readonly cost: number;
  /** The pairs that carry mass, at most rows + columns - 1 of them. */
  readonly plan: TransportPlan;
  /** Kantorovich potentials, feasible for every pair: u_i + v_j <= cost(i, j). */
  readonly potentials: TransportPotentials;
  /**
   * `optimal`: the gap is rounding (at most 1e-12 of total mass x largest cost).
   * `iteration-limit`: the plan is feasible, the optimum lies in [cost - dualityGap, cost].
   * `inaccurate`: the simplex stopped but the certificate does not close to rounding.
   */
  readonly status: 'optimal' | 'iteration-limit' | 'inaccurate';
  readonly iterations: number;
  /** cost - (sum a_i u_i + sum b_j v_j), where the potentials are feasible: a proven bound of the error. */
  readonly dualityGap: number;
  /** Largest absolute deviation of a marginal of the plan from the mass it should have. */
  readonly marginalError: number;
}

/**
 * Exact discrete optimal transport: minimise sum_ij P_ij cost(i, j) over P >= 0 with row sums `a` and column sums `b`.
 *
 * Network simplex on the bipartite graph with block-search pricing, whole-number flows and a strongly feasible
 * spanning tree. The answer is certified afterwards: the plan is feasible by construction and the potentials bound
 * the optimum from below.
 *
 * @param a masses [rows], >= 0
 * @param b masses [columns], >= 0
 * @param cost ground cost [rows, columns], finite, of any sign
 * @throws DataError for empty, negative, non-finite or unbalanced masses, and for costs that are not finite
 * @throws ShapeError when the cost does not fit the masses
 * @throws ConfigError for impossible options
 * @example
 * ```ts
 * const { cost, plan, status } = optimalTransport([0.5, 0.5], [0.25, 0.75], Float64Array.of(0, 1, 1, 0));
 * console.log(cost, status); // 0.25 optimal
 * ```
 */
export function optimalTransport(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  cost: TransportCost,
  options: OptimalTransportOptions = {},
): OptimalTransportResult {
  const where = 'optimalTransport';
  const totalA = totalMass(a, `${where}: a`);
  const totalB = totalMass(b, `${where}: b`);
  const { normalise = false, balanceTolerance = 1e-6 } = options;
  const { maxIterations = Math.max(100_000, 2000 * (a.length + b.length)) } = options;
  if (!normalise) checkBalance(totalA, totalB, balanceTolerance, where);
  if (!(Number.isInteger(maxIterations) && maxIterations >= 0) && maxIterations !== Infinity) {
    throw new ConfigError({
      code: 'invalid-option',
      where: `${where}: maxIterations`,
      expected: 'a whole number >= 0',
      received: String(maxIterations),
    });
  }

  const full = openCost(cost, a.length, b.length, where);
  const costScale = largestCost(full, a.length, b.length, where);
  const source = toWholeMasses(a, totalA);
  const target = toWholeMasses(b, totalB);
  const allPresent = source.places.length === a.length && target.places.length === b.length;
  const active = allPresent ? full : selectCost(full, source.places, target.places);
  const solved = networkSimplex(
    { supply: source.masses, demand: target.masses, cost: active, costScale },
    { maxIterations },
  );

  const scale = normalise ? 1 : totalA;
  const certificate = certify({ a, b, totalA, totalB, scale, cost: full, source, target, tree: solved.tree });
  const closed = certificate.dualityGap <= 1e-12 * costScale * scale;
  const status = !solved.finished ? 'iteration-limit' : closed ? 'optimal' : 'inaccurate';
  return { ...certificate, status, iterations: solved.iterations };
}
