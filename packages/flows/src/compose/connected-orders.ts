import { foldIn, permutationArray, type Key } from '@ebim/runtime';
import { alternatingMask } from '../coupling/mask.js';

/** Draws that are tried before the best one so far is taken. */
const MOST_DRAWS = 100;

/**
 * Orders of features for the permutations around `layers` couplings with alternating masks, drawn until every output can
 * depend on every input; where so few layers cannot connect all, the draw that connects most.
 *
 * Of independent draws some cut a flow into parts: with 3 features and 5 couplings the last output, whose zeros are the
 * manifold of an M-flow, is blind to a coordinate in 11.5 % of them, and no training can mend that; with 2 features one
 * coordinate is never changed in 6 %.
 *
 * @param first orders to try first, `layers + 1` of them
 */
export function connectedOrders(
  key: Key,
  first: readonly Int32Array[],
  layers: number,
): readonly Int32Array[] {
  const [{ length: size }] = first;
  let best = { orders: first, count: connections(first, layers) };
  for (let draw = 0; draw < MOST_DRAWS && best.count < size * size; draw++) {
    const drawKey = foldIn(key, draw);
    const orders = first.map((_, i) => permutationArray(foldIn(drawKey, i), size));
    const count = connections(orders, layers);
    if (count > best.count) best = { orders, count };
  }
  return best.orders;
}

/** Number of pairs of an output and an input that it can depend on, of size². */
export function connections(orders: readonly ArrayLike<number>[], layers: number): number {
  const [{ length: size }] = orders;
  const reorder = (rows: readonly boolean[][], order: ArrayLike<number>): boolean[][] =>
    Array.from({ length: size }, (_, i) => rows[order[i]]);
  let rows = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => i === j));
  for (let layer = 0; layer < layers; layer++) {
    const { transformed, identity } = alternatingMask(size, layer);
    const before = reorder(rows, orders[layer]);
    const seen = Array.from({ length: size }, (_, j) => identity.some((i) => before[i][j]));
    rows = before.map((row, i) => (transformed.includes(i) ? row.map((has, j) => has || seen[j]) : row));
  }
  return rows.flat().filter(Boolean).length;
}
