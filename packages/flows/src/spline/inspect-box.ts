import type * as tf from '@tensorflow/tfjs';
import { DataError } from '@ebim/runtime';
import { checkPositive } from '../transform/checks.js';

/** How points lie in the box of a spline flow. */
export interface BoxReport {
  /** Share of the rows with an entry outside of [-B, B], where the flow is linear in that entry. */
  readonly shareOutside: number;
  /** Largest absolute entry of all. */
  readonly largest: number;
}

/**
 * Looks at points before a flow of splines is trained on them: what lies outside of [-B, B] meets the identity there,
 * and is not modelled by the spline. Some tenths of a per cent do no harm; for more choose a larger bound, or
 * standardise the points.
 *
 * @param points `[rows, ...]`
 * @throws DataError `non-finite-points` with the number of the first such row; ConfigError `bad-option`
 *
 * @example
 * ```ts
 * const { shareOutside } = await inspectBox(tf.tensor2d([[0, 1], [2, 7]]), 6); // 0.5
 * ```
 */
export async function inspectBox(points: tf.Tensor, bound: number): Promise<BoxReport> {
  checkPositive('inspectBox', { bound });
  const values = await points.data();
  const rows = points.shape[0] ?? 1;
  const width = rows === 0 ? 0 : values.length / rows;
  let outside = 0;
  let largest = 0;
  for (let row = 0; row < rows; row++) {
    let furthest = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      if (!Number.isFinite(values[i])) throw notFinite(values, width, row);
      furthest = Math.max(furthest, Math.abs(values[i]));
    }
    if (furthest > bound) outside++;
    largest = Math.max(largest, furthest);
  }
  return { shareOutside: rows === 0 ? 0 : outside / rows, largest };
}

function notFinite(values: ArrayLike<number>, width: number, first: number): DataError {
  const bad = new Set<number>();
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) bad.add(Math.floor(i / width));
  return new DataError({
    code: 'non-finite-points',
    where: 'inspectBox(points, bound)',
    expected: 'finite numbers',
    received: `NaN or infinity in ${bad.size} rows, first in row ${first}`,
    hint: 'Remove these rows, or look where they come from.',
    details: { rows: bad.size, first },
  });
}
