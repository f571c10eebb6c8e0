import { readFile } from 'node:fs/promises';
import { FLOW_PRESETS, type FlowPreset } from '@ebim/flows';
import { useBackend } from '@ebim/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunFolder, exists } from '../../run/run-folder.js';
import { workplace, type Workplace } from '../../test-support/tiny-run.js';
import { runStudy } from '../run-study.js';
import type { StudyContext } from '../study.js';
import type { ChosenStart } from '../../flow/choose-start.js';
import { lorenzStudy } from './lorenz.js';
import type { LorenzMetrics } from './measure.js';
import { lorenzStudyOf } from './run.js';
import { LORENZ_SIZES, type LorenzSize } from './sizes.js';
import { findings, lorenzTable, samplesTable } from './tables.js';

let place: Workplace;
beforeAll(async () => {
  await useBackend('cpu');
  place = await workplace();
});
afterAll(() => place.remove());

const { architecture, training } = FLOW_PRESETS.lorenz.paper;
const preset: FlowPreset = {
  architecture: { ...architecture, layers: { outer: 2, inner: 1, ambient: 1 }, hidden: 8, blocks: 1 },
  training: { ...training, learningRate: 0.01 },
};
const size: LorenzSize = { name: 'small', points: 300, epochs: 2, starts: 2, test: 60, pictured: 2 };
const study = {
  ...lorenzStudy,
  run: (context: StudyContext) => lorenzStudyOf(context, [size], preset),
};
const plan = { name: 'lorenz', profile: 'reference', fast: false, seeds: [0] } as const;

interface Numbers {
  readonly sizes: readonly {
    readonly name: string;
    readonly runs: readonly { readonly metrics: LorenzMetrics | null; readonly start: ChosenStart }[];
  }[];
}

describe('the study of the Lorenz attractor', () => {
  it('trains, measures and draws, once', async () => {
    const folder = await createRunFolder(place.path('lorenz'));
    const told: string[] = [];
    const say = (text: string) => void told.push(text);
    const first = await runStudy(study, plan, folder, { say });
    const numbers = first.result?.numbers as Numbers;
    const [{ metrics, start }] = numbers.sizes[0].runs;
    const { seed, losses } = start;
    expect(losses).toHaveLength(2);
    expect(losses[seed]).toBe(Math.min(...losses));
    expect(metrics?.wings.points).toBeGreaterThan(30);
    expect(metrics?.reconstruction.test).toBeGreaterThan(0);
    expect(metrics?.nearest.test.mean).toBeLessThan(metrics?.nearest.samples.mean ?? 0);
    for (const figure of ['attractor-small', 'chart-small', 'tour-small'])
      expect(await exists(folder.file(`figures/${figure}.png`))).toBe(true);
    expect(await readFile(folder.file('report.html'), 'utf8')).toContain('<animate attributeName="cx"');
    const markdown = await readFile(folder.file('tables.md'), 'utf8');
    expect(markdown).toContain('300 points, 2 epochs');
    expect(JSON.stringify(numbers)).not.toContain('seconds');

    told.length = 0;
    const again = await runStudy(study, plan, folder, { say, earlier: first.record });
    expect(again.result?.numbers).toEqual(numbers);
    expect(told).toEqual([]);
  });

  it('has the size of the paper, and members of these names', () => {
    expect(lorenzStudy.members).toEqual(['small', 'medium', 'paper']);
    expect(LORENZ_SIZES[2]).toMatchObject({ points: 1_000_000, epochs: 100, pictured: 4000 });
  });
});

describe('the tables of the Lorenz attractor', () => {
  const metrics = (kept: number): LorenzMetrics => ({
    reconstruction: { test: 0.01, noisy: 0.1 },
    wings: { points: 100, kept },
    dropped: 0.002,
    meanLogDensity: -3,
    auc: { byLogDensity: 0.4, byReconstructionError: 0.9, published: 0.9 },
    nearest: { samples: { mean: 0.02, far: 0.1 }, test: { mean: 0.01, far: 0 } },
  });
  const measured = (...all: (LorenzMetrics | null)[]) => [
    { row: size, metrics: all, seconds: all.map(() => 1) },
  ];

  it('tell of wings that are mixed, not of those that are not', () => {
    expect(findings(measured(metrics(0.995)))).toEqual([]);
    expect(findings(measured(metrics(0.7)))).toEqual([expect.stringContaining('70 %')]);
    const flat = { ...metrics(1), auc: { byLogDensity: 0.4, byReconstructionError: 0.5, published: 0.6 } };
    expect(findings(measured(flat))).toEqual([expect.stringContaining('form of the attractor')]);
  });

  it('have cells for all columns, with and without numbers', () => {
    for (const found of [measured(metrics(1)), measured(null)])
      for (const { columns, rows } of [lorenzTable(found), samplesTable(found)])
        for (const row of rows) expect(row).toHaveLength(columns.length);
    expect(findings(measured(null))).toEqual([]);
  });
});
