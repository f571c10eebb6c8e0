import { FLOW_PRESETS } from '@ebim/flows';
import { useBackend } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunFolder } from '../../run/run-folder.js';
import { workplace, type Workplace } from '../../test-support/tiny-run.js';
import type { StudyContext, StudyResult } from '../study.js';
import { CIRCLE, measureSamples } from './measure.js';
import { circleStudy, type CircleSizes } from './run.js';
import { circleTable, circleWarnings } from './tables.js';
import { CIRCLE_ROWS } from './rows.js';

const { architecture, training } = FLOW_PRESETS.circle.fast;
const TINY: CircleSizes = {
  preset: {
    architecture: { ...architecture, hidden: 6, blocks: 1, encoderBlocks: 1, bins: 4 },
    training: { ...training, points: 200, epochs: 2, batchSize: 50, transportBatchSize: 50 },
  },
  test: 50,
  grid: 8,
};

let place: Workplace;
beforeAll(async () => {
  await useBackend('cpu');
  place = await workplace();
});
afterAll(() => place.remove());

const run = async (name: string, members: readonly string[], seeds: readonly number[] = [0]) => {
  const parts: string[] = [];
  const context = {
    ...{ profile: 'reference', fast: true, seeds, members, say: () => undefined },
    signal: new AbortController().signal,
    folder: await createRunFolder(place.path(name)),
    part: (part: string, work: () => Promise<unknown>) => {
      parts.push(part);
      return work();
    },
  } as unknown as StudyContext;
  return { result: await circleStudy(context, TINY), parts };
};

const whole = ({ tables }: StudyResult): void => {
  for (const { columns, rows } of tables) for (const row of rows) expect(row).toHaveLength(columns.length);
};

describe('the study of the circle', () => {
  it('trains, measures and draws what is wanted', async () => {
    const { result, parts } = await run('some', ['pie', 'pae']);
    expect(parts).toEqual(['pie-seed0', 'pae-seed0']);
    whole(result);
    const [table, details] = result.tables;
    // Two ways to sample one model, so one row of everything else.
    expect(table.rows.map(([title]) => title)).toEqual(['truth', 'PIE, v = 0', 'PIE, full', 'PAE']);
    expect(details.rows.map(([title]) => title)).toEqual(['truth', 'PIE', 'PAE']);
    expect(details.rows[2][4]).toBe('–');
    expect(result.figures.map(({ name }) => name)).toEqual(['densities', 'curves']);
    const [densities, curves] = result.figures.map(({ svg }) => svg);
    // Heat maps of the truth and of PIE; curves of both, without a density of the PAE.
    expect(densities.match(/<image /g)).toHaveLength(2);
    expect(densities).not.toContain('PAE');
    expect(curves).toContain('PAE');
    expect(result.warnings).toEqual([]);
  });

  it('gives each seed its own numbers, whatever the others are, and leaves no tensors', async () => {
    const { result: alone } = await run('alone', ['fom']);
    const before = tf.memory().numTensors;
    const { result: both, parts } = await run('both', ['fom'], [0, 1]);
    expect(tf.memory().numTensors).toBe(before);
    expect(parts).toEqual(['fom-seed0', 'fom-seed1']);
    type Numbers = { readonly rows: readonly { readonly runs: readonly unknown[] }[] };
    const runsOf = ({ numbers }: StudyResult) => (numbers as Numbers).rows[0].runs;
    expect(runsOf(both)[0]).toEqual(runsOf(alone)[0]);
    expect(runsOf(both)[1]).not.toEqual(runsOf(both)[0]);
    expect(both.tables[0].rows[1][1]).toMatch(/ to /);
    // The circle is prescribed: points are as far from it as from their projections.
    const [truth, prescribed] = both.tables[1].rows;
    expect(prescribed[1]).toBe(truth[1]);
  });
});

describe('what is measured of samples', () => {
  it('is clipped as published, also where a sample is no point', () => {
    const points = { data: Float64Array.of(0, 1, 0, 5, NaN, 0, 0, 0.9), rows: 4, columns: 2 };
    const onCircle = CIRCLE.logDensity({ data: Float64Array.of(0, 1), rows: 1, columns: 2 })[0];
    const inside = CIRCLE.logDensity({ data: Float64Array.of(0, 0.9), rows: 1, columns: 2 })[0];
    const { logDensity, distance } = measureSamples(points);
    expect(logDensity).toBeCloseTo((onCircle - 100 - 100 + Math.max(-100, inside)) / 4, 10);
    expect(distance).toBeCloseTo((0 + 1 + 1 + 0.1) / 4, 10);
  });
});

describe('the tables of the circle', () => {
  it('say what diverged and where densities are no numbers', () => {
    const samples = { logDensity: 1, distance: 0.1 };
    const one = {
      ...{ samples, fullSamples: null, reconstruction: null, meanLogDensity: 0, failures: 3 },
      auc: { byLogDensity: 0.5, byReconstructionError: null, published: 0.5 },
    };
    const results = {
      truth: [one, one],
      rows: [{ row: CIRCLE_ROWS[0], metrics: [null, one], seconds: [1, 2] }],
    };
    const warnings = circleWarnings(results, [4, 5]);
    expect(warnings[0]).toBe('AF, seed 4: training diverged, nothing is measured.');
    expect(warnings[1]).toMatch(/^AF, seed 5: the log density of 3 points/);
    expect(circleTable(results, -1.8).rows[1]).toEqual([
      'AF',
      '1.00',
      '-86',
      '-86',
      '0.100',
      '0.585',
      '0.58',
    ]);
  });
});
