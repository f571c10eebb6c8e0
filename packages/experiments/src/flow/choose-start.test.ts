import { pointsOf } from '@ebim/datasets';
import { flowModel, FLOW_PRESETS } from '@ebim/flows';
import { key, normalArray, useBackend } from '@ebim/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunFolder } from '../run/run-folder.js';
import { workplace, type Workplace } from '../test-support/tiny-run.js';
import { chooseStart, type Trials } from './choose-start.js';

let place: Workplace;
beforeAll(async () => {
  await useBackend('cpu');
  place = await workplace();
});
afterAll(() => place.remove());

const { architecture, training } = FLOW_PRESETS.circle.fast;
const model = flowModel('mFlow', {
  ...architecture,
  layers: { outer: 1, inner: 0, ambient: 1 },
  hidden: 4,
  blocks: 1,
});
const points = pointsOf(normalArray(key(0), 2 * 120), 2);
const trials: Trials = {
  study: 'test',
  label: 'a',
  seed: 3,
  schedule: 'reconstruction',
  starts: 3,
  points: 100,
  epochs: 2,
};

describe('chooseStart', () => {
  it('takes the start of the least loss, and the same one where trials had ended before', async () => {
    const folder = await createRunFolder(place.path('trials'));
    const context = { folder, signal: new AbortController().signal, say: () => undefined };
    const choose = () => chooseStart(context, model, training, { points }, trials);
    const chosen = await choose();
    expect(chosen.losses).toHaveLength(3);
    expect(chosen.losses.every((loss) => loss > 0 && loss < Infinity)).toBe(true);
    expect(chosen.seed).toBe(9 + chosen.losses.indexOf(Math.min(...chosen.losses)));
    expect(await choose()).toEqual(chosen);
  });
});
