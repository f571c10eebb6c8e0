import { permutationArray, type Key } from '@ebim/runtime';
import type { Points } from '../points.js';

/**
 * Distances from some of the points to their k nearest others, rising, one row a query.
 *
 * @param queries rows to ask from
 */
export function neighbourDistances(points: Points, queries: ArrayLike<number>, k: number): Float64Array {
  const { data, rows, columns } = points;
  const result = new Float64Array(queries.length * k).fill(Infinity);
  for (let q = 0; q < queries.length; q++) {
    const at = queries[q] * columns;
    const nearest = result.subarray(q * k, (q + 1) * k);
    for (let i = 0; i < rows; i++) {
      if (i === queries[q]) continue;
      const limit = nearest[k - 1];
      let squared = 0;
      for (let d = 0; d < columns && squared < limit; d++) {
        const difference = data[at + d] - data[i * columns + d];
        squared += difference * difference;
      }
      if (!(squared < limit)) continue;
      let place = k - 1;
      for (; place > 0 && nearest[place - 1] > squared; place--) nearest[place] = nearest[place - 1];
      nearest[place] = squared;
    }
  }
  return result.map(Math.sqrt);
}

/** Distinct rows, `most` at most, in a random order: neighbours at distance 0 say nothing about dimension. */
export function distinctRows(points: Points, key: Key, most = Infinity): Points {
  const { data, rows, columns } = points;
  const seen = new Set<string>();
  const kept: number[] = [];
  for (const i of permutationArray(key, rows)) {
    if (kept.length >= most) break;
    const name = data.subarray(i * columns, (i + 1) * columns).join();
    if (seen.has(name)) continue;
    seen.add(name);
    kept.push(i);
  }
  const result = new Float64Array(kept.length * columns);
  kept.forEach((i, place) => result.set(data.subarray(i * columns, (i + 1) * columns), place * columns));
  return { data: result, rows: kept.length, columns };
}
