import type { Points } from '@ebim/datasets';

/** Root mean square distance of points from their mean: the size that distances are judged by. */
export function pointSpread({ data, rows, columns }: Points): number {
  const mean = new Float64Array(columns);
  data.forEach((value, i) => (mean[i % columns] += value / rows));
  return Math.sqrt(data.reduce((sum, value, i) => sum + (value - mean[i % columns]) ** 2, 0) / rows);
}
