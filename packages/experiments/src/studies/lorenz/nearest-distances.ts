import type { Points } from '@ebim/datasets';

/** Distance of each point in space to the nearest of the others, by looking at all; NaN for a point that is no number. */
export function nearestDistances({ data, rows }: Points, others: Points): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => {
    const [x, y, z] = data.subarray(3 * i, 3 * i + 3);
    if (!Number.isFinite(x + y + z)) return NaN;
    let least = Infinity;
    for (let at = 0; at < others.data.length; at += 3) {
      const square =
        (others.data[at] - x) ** 2 + (others.data[at + 1] - y) ** 2 + (others.data[at + 2] - z) ** 2;
      if (square < least) least = square;
    }
    return Math.sqrt(least);
  });
}
