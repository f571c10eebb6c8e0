import { takeRows, type Points } from '@ebim/datasets';
import { DataError, permutationArray, type Key } from '@ebim/runtime';
import type { EbimConfig } from '../config/schema.js';
import type { ExperimentData } from '../definitions/experiment.js';

/**
 * Keeps points back from training as `data.split` says. Which ones depends on the key alone; each part keeps the order
 * of the data, since published runs take them in file order (spec D18).
 *
 * @throws DataError `too-few-points` when a part would have less than two points
 */
export function splitData(
  data: ExperimentData,
  shares: EbimConfig['data']['split'],
  key: Key,
): ExperimentData {
  if (shares === null) return data;
  const { rows } = data.points;
  const [, validationShare, testShare] = shares;
  const validation = Math.round(validationShare * rows);
  const test = Math.round(testShare * rows);
  const training = rows - validation - test;
  const tooFew = [training, validation, test].some((count, i) => count < 2 && shares[i] > 0);
  if (tooFew)
    throw new DataError({
      code: 'too-few-points',
      where: 'data.split',
      expected: `enough points for parts of ${shares.join(', ')}`,
      received: String(rows),
    });
  const order = permutationArray(key, rows);
  const part = (from: number, to: number): Points =>
    takeRows(data.points, Array.from(order.slice(from, to).sort()));
  return {
    ...data,
    points: part(0, training),
    heldOut: {
      validation: validation === 0 ? null : part(training, training + validation),
      test: test === 0 ? null : part(training + validation, rows),
    },
  };
}
