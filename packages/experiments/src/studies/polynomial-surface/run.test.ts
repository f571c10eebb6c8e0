import { readFile } from 'node:fs/promises';
import { FLOW_PRESETS } from '@ebim/flows';
import { key, useBackend } from '@ebim/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChosenStart } from '../../flow/choose-start.js';
import { createRunFolder, exists } from '../../run/run-folder.js';
import { workplace, type Workplace } from '../../test-support/tiny-run.js';
import { runStudy } from '../run-study.js';
import { polynomialSurfaceStudy } from './polynomial-surface.js';
import { SURFACE_ROWS } from './rows.js';
import { polynomialSurfaceTable, type SurfaceSizes } from './run.js';
import { PUBLISHED_CHAINS, surfaceData, trueInference } from './truth.js';

let place: Workplace;
beforeAll(async () => {
  await useBackend('cpu');
  place = await workplace();
});
afterAll(() => place.remove());

const { architecture, training } = FLOW_PRESETS.polynomialSurface.fast;
const sizes: SurfaceSizes = {
  preset: {
    architecture: {
      ...architecture,
      layers: { outer: 1, inner: 1, ambient: 1 },
      hidden: 8,
      blocks: 1,
      encoderBlocks: 1,
    },
    training: { ...training, points: 400, epochs: 2, transportBatchSize: 100 },
  },
  test: 60,
  sets: 2,
  chains: { samples: 50, burnIn: 5, stepSize: 0.3 },
  samples: 50,
  heights: 1,
  trials: { starts: 2, points: 100, epochs: 1 },
};
const study = {
  ...polynomialSurfaceStudy,
  run: (context: Parameters<typeof polynomialSurfaceTable>[0]) => polynomialSurfaceTable(context, sizes),
};
const plan = { name: 'polynomial-surface', profile: 'corrected', fast: false, seeds: [0] } as const;

interface Numbers {
  readonly rows: readonly {
    readonly name: string;
    readonly runs: readonly {
      readonly metrics: { readonly inference: unknown; readonly auc: object } | null;
      readonly start: ChosenStart | null;
    }[];
  }[];
}

describe('the study of the polynomial surface', () => {
  it('trains, measures and draws the rows that are wanted, and goes on with more of them', async () => {
    const folder = await createRunFolder(place.path('surface'));
    const told: string[] = [];
    const say = (text: string) => void told.push(text);
    const only = ['af', 'mflow-sequential'];
    const first = await runStudy(study, { ...plan, only }, folder, { say });
    const numbers = first.result?.numbers as Numbers;
    expect(numbers.rows.map(({ name }) => name)).toEqual(only);
    for (const { runs } of numbers.rows) {
      expect(runs[0].metrics?.inference).not.toBeNull();
      const { seed, losses } = runs[0].start ?? { seed: -1, losses: [] };
      expect(losses).toHaveLength(2);
      expect(losses[seed]).toBe(Math.min(...losses));
    }
    const markdown = await readFile(folder.file('tables.md'), 'utf8');
    expect(markdown).toContain('only af, mflow-sequential');
    expect(markdown).toContain('## What holds');
    expect(markdown).toContain('## Every run');
    expect(markdown).toContain('two chains of the true likelihood');
    for (const name of ['figures/surfaces.png', 'figures/section.png', 'figures/tour.png', 'models/af-seed0'])
      expect(await exists(folder.file(name))).toBe(true);

    told.length = 0;
    const more = [...only, 'pae', 'mflow-ot'];
    const again = await runStudy(study, { ...plan, only: more }, folder, { say, earlier: first.record });
    expect(again.record.only).toEqual(more);
    const both = again.result?.numbers as Numbers;
    expect(both.rows.filter(({ name }) => only.includes(name))).toEqual(numbers.rows);
    expect(told.some((text) => text.startsWith('AF'))).toBe(false);
    // An autoencoder has no density of points, and a bound on reconstruction instead.
    expect(both.rows.find(({ name }) => name === 'pae')?.runs[0].metrics?.inference).toBeNull();
  });

  it('has every row of the paper with its numbers', () => {
    expect(SURFACE_ROWS.filter(({ earlier }) => earlier === undefined)).toHaveLength(8);
    expect(
      Object.fromEntries(SURFACE_ROWS.map(({ name, published }) => [name, published.distance])),
    ).toMatchObject({
      af: 0.005,
      'pie-original': 0.035,
      pie: 0.006,
      pae: 0.002,
      'mflow-alternating': 0.002,
      'mflow-sequential': 0.009,
      'meflow-alternating': 0.003,
      'meflow-sequential': 0.002,
    });
  });
});

describe('the true posteriors', () => {
  it('have the noise floor of the specification, and are far from the prior', async () => {
    const { test } = surfaceData(0, 10, 200);
    const { floor, priorAlone, chains } = await trueInference(
      test.points,
      3,
      { ...PUBLISHED_CHAINS, samples: 1500 },
      key(0),
    );
    for (const value of floor) expect(Math.abs(value)).toBeLessThan(0.05);
    for (const value of priorAlone) expect(value).toBeGreaterThan(0.04);
    expect(chains.every(({ acceptanceRate }) => acceptanceRate > 0.3)).toBe(true);
  });
});
