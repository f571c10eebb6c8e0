import { DataError } from '@ebim/runtime';
import type { Symptom } from '@ebim/training';
import { inspectBox } from '../spline/inspect-box.js';
import type { Rows } from './rows.js';

/**
 * Refuses rows that are not finite, and says which.
 *
 * @throws DataError `non-finite-rows`
 */
export async function checkFinite(rows: Rows): Promise<void> {
  for (const [name, tensor] of Object.entries(rows)) {
    const values = await tensor.data();
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0)
      throw new DataError({
        code: 'non-finite-rows',
        where: `trainStages(model, { ${name} })`,
        expected: 'finite numbers',
        received: `${values[at]} in row ${Math.floor((at * tensor.shape[0]) / values.length)}`,
        hint: 'Remove such rows, or look where they come from.',
      });
  }
}

/** What is to be said of points outside of the box of the splines; null if there are none. */
export async function outsideBox({ x }: Rows, bound: number): Promise<Symptom | null> {
  const { shareOutside, largest } = await inspectBox(x, bound);
  if (shareOutside === 0) return null;
  const percent = (100 * shareOutside).toPrecision(2);
  return {
    code: 'outside-box',
    message:
      `${percent} % of the points have entries outside of [-${bound}, ${bound}], the largest ${largest.toPrecision(3)}; ` +
      'splines are the identity there. Standardise the points or choose a larger bound, unless these are a few tails.',
  };
}
