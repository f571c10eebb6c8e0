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
 * coordinate is never changed in 6 %. Of the others many see all coordinates, but one at a time: `hypersurface` also
 * wants {@link changesLastWidely}.
 *
 * @param first orders to try first, `layers + 1` of them
 */
export function connectedOrders(
  key: Key,
  first: readonly Int32Array[],
  layers: number,
  hypersurface = false,
): readonly Int32Array[] {
  const [{ length: size }] = first;
  const scoreOf = (orders: readonly Int32Array[]): number =>
    connections(orders, layers) + (hypersurface && changesLastWidely(orders, layers) ? 1 : 0);
  const highest = size * size + (hypersurface ? 1 : 0);
  let best = { orders: first, score: scoreOf(first) };
  for (let draw = 0; draw < MOST_DRAWS && best.score < highest; draw++) {
    const drawKey = foldIn(key, draw);
    const orders = first.map((_, i) => permutationArray(foldIn(drawKey, i), size));
    const score = scoreOf(orders);
    if (score > best.score) best = { orders, score };
  }
  return best.orders;
}

/**
 * Whether the zeros of the last output can be almost any hypersurface: of the couplings that look at most features (with 3
 * features those that change one given both others) the last one changes the last output, and together they change as many
 * different features as they can.
 */
export function changesLastWidely(orders: readonly ArrayLike<number>[], layers: number): boolean {
  const [{ length: size }] = orders;
  const masks = Array.from({ length: layers }, (_, layer) => alternatingMask(size, layer));
  const widest = Math.max(...masks.map(({ identity }) => identity.length));
  let features = Array.from({ length: size }, (_, i) => i);
  const reorder = (order: ArrayLike<number>): number[] =>
    Array.from({ length: size }, (_, i) => features[order[i]]);
  let last: number[] = [];
  const changed: number[] = [];
  masks.forEach(({ transformed, identity }, layer) => {
    features = reorder(orders[layer]);
    if (identity.length < widest) return;
    last = transformed.map((place) => features[place]);
    changed.push(...last);
  });
  return (
    last.includes(reorder(orders[layers])[size - 1]) &&
    new Set(changed).size === Math.min(size, changed.length)
  );
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
