import type { Points } from '../points.js';

/** Row numbers of the `count` candidates nearest to the point at `data[offset ..]`, nearest first. */
export function nearestRows(candidates: Points, data: Float64Array, offset: number, count: number): number[] {
  const found: { row: number; squared: number }[] = [];
  for (let row = 0; row < candidates.rows; row++) {
    let squared = 0;
    for (let d = 0; d < candidates.columns; d++) {
      squared += (candidates.data[row * candidates.columns + d] - data[offset + d]) ** 2;
    }
    if (found.length === count && squared >= found[count - 1].squared) continue;
    if (found.length === count) found.pop();
    const place = found.findIndex((other) => squared < other.squared);
    found.splice(place === -1 ? found.length : place, 0, { row, squared });
  }
  return found.map(({ row }) => row);
}
