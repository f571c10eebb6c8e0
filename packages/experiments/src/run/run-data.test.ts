import { fromRows } from '@ebim/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workplace, type Workplace } from '../test-support/tiny-run.js';
import { loadData, storeData } from './run-data.js';
import { createRunFolder } from './run-folder.js';

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
});
afterAll(() => place.remove());

const points = fromRows([
  [1, 2],
  [3, 4],
]);
const test = fromRows([
  [5, 6],
  [7, 9],
]);

describe('data in the folder of a run', () => {
  it.each([
    ['without a split', null],
    ['with points for tests', { validation: null, test }],
    ['with both parts', { validation: points, test }],
  ])('comes back as it was %s', async (name, heldOut) => {
    const folder = await createRunFolder(place.path(name.replaceAll(' ', '-')));
    const groundTruth = { points, density: Float64Array.of(0.5, 0.25) };
    await storeData(folder, { points, groundTruth, heldOut });
    expect(await loadData(folder, 2)).toEqual({ points, groundTruth, heldOut });
  });

  it('is refused when a part has other columns', async () => {
    const folder = await createRunFolder(place.path('columns'));
    await storeData(folder, {
      points,
      groundTruth: null,
      heldOut: { validation: null, test: fromRows([[1], [2]]) },
    });
    await expect(loadData(folder, 2)).rejects.toMatchObject({ code: 'wrong-columns' });
  });
});
