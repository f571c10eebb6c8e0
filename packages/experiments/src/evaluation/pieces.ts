import type { Points } from '@ebim/datasets';
import type { LevelSet } from './level-set.js';
import type { PieceMetrics } from './run-metrics.js';
import { evenRows } from './wasserstein.js';

/** Pieces that are told one by one: a manifold in shreds has hundreds. */
const TOLD = 12;

/** Data points whose nearest piece is sought. */
const DATA_POINTS = 1000;

/**
 * The largest pieces of a learned manifold, with the share of the data next to each and of the learned probability on
 * it.
 *
 * @param density at the middles of the elements, in any unit; `null` while there is none
 */
export function describePieces(
  levelSet: LevelSet,
  points: Points,
  density: Float64Array | null,
): PieceMetrics[] {
  const { pieces, pieceOf, elements } = levelSet;
  const data = dataShares(levelSet, evenRows(points, DATA_POINTS));
  const masses =
    density === null
      ? null
      : sharesOf(
          density.map((p, i) => p * elements[i]),
          pieceOf,
          pieces.length,
        );
  return pieces
    .slice(0, TOLD)
    .map((piece, p) => ({ ...piece, mass: masses === null ? null : masses[p], dataShare: data[p] }));
}

function sharesOf(amounts: Float64Array, pieceOf: Int32Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  amounts.forEach((amount, i) => (sums[pieceOf[i]] += amount));
  const total = sums.reduce((a, b) => a + b, 0);
  return sums.map((sum) => sum / total);
}

/** Share of the points whose nearest element belongs to each piece. */
function dataShares({ centres, pieceOf, pieces }: LevelSet, points: Points): Float64Array {
  const shares = new Float64Array(pieces.length);
  if (pieces.length === 1) return shares.fill(1);
  const n = points.columns;
  for (let i = 0; i < points.rows; i++) {
    let nearest = -1;
    let smallest = Infinity;
    for (let e = 0; e < centres.rows; e++) {
      let sum = 0;
      for (let d = 0; d < n; d++) sum += (points.data[i * n + d] - centres.data[e * n + d]) ** 2;
      if (sum < smallest) [smallest, nearest] = [sum, e];
    }
    if (nearest !== -1) shares[pieceOf[nearest]] += 1 / points.rows;
  }
  return shares;
}
