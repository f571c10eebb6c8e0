import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fromRows } from '@ebim/datasets';
import { key, normalArray, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EbimConfig } from '../config/schema.js';
import { evaluate } from '../evaluation/evaluate.js';
import { learnedLevelSet } from '../evaluation/level-set.js';
import { planExperiment } from '../run/plan-experiment.js';
import { planFit } from '../run/plan-fit.js';
import type { LoadedPlan } from '../run/plan.js';
import { createRunFolder, RUN_FILES, type RunFolder } from '../run/run-folder.js';
import { newRecord } from '../run/run-record.js';
import { knownModel, withKnownNetworks } from '../test-support/known-models.js';
import { TINY_SETTINGS, workplace, type Workplace } from '../test-support/tiny-run.js';
import type { ReportInput } from './report-input.js';
import { resultRows } from './result-rows.js';
import { writeReport } from './write-report.js';

let place: Workplace;
beforeAll(async () => {
  await useBackend('wasm');
  place = await workplace();
});
afterAll(() => place.remove());

/** What a run of a plan hands to its report when it ends with a known model. */
async function inputOf(
  name: string,
  plan: LoadedPlan,
  change: (input: ReportInput) => ReportInput | Promise<ReportInput> = (input) => input,
): Promise<{ folder: RunFolder; html: string; input: ReportInput }> {
  const config = withKnownNetworks(plan.config);
  const known = { ...plan, config };
  const model = knownModel(config);
  const manifoldBuffer = tf.tensor2d([config.bounds.upper]);
  const folder = await createRunFolder(place.path(name));
  const stats = { loss: 0.1, positive: 0.2, negative: 0, rank: 0, magnitude: 0 };
  const epochs = [0, 1, 2].map((epoch) => ({ epoch, stats, seconds: 1 }));
  try {
    const input = await change({
      plan: known,
      folder,
      record: await newRecord(known, ['run', '<b>&"quoted"</b>']),
      evaluation: await evaluate(
        {
          config,
          model,
          manifoldBuffer,
          data: plan.data,
          topology: plan.topology,
          manifoldStats: stats,
          densityStats: stats,
        },
        key(1),
      ),
      model,
      history: { manifold: epochs, density: epochs },
      seconds: { manifold: 3, evaluation: 1.25 },
    });
    await writeReport(input);
    return { folder, html: await readFile(folder.file(RUN_FILES.report), 'utf8'), input };
  } finally {
    model.dispose();
    manifoldBuffer.dispose();
  }
}

/** Points on the unit sphere of `n` dimensions, or on its equator in the first `m + 1`. */
function unitRows(n: number, m: number, rows = 40): number[][] {
  const noise = normalArray(key(2), rows * (m + 1));
  return Array.from({ length: rows }, (_, i) => {
    const row = Array.from(noise.subarray(i * (m + 1), (i + 1) * (m + 1)));
    const length = Math.hypot(...row);
    return [...row.map((value) => value / length), ...Array<number>(n - m - 1).fill(0)];
  });
}

const plane = (set: readonly string[] = []) =>
  planExperiment('von-mises', { set: [...TINY_SETTINGS, ...set] });

/** A plan for points of `n` dimensions near a manifold of `m`. */
async function spacePlan(n: number, m: number, name = 'points.csv'): Promise<LoadedPlan> {
  // The corners make shift and scale of the coordinates trivial.
  const corners = [1, -1].map((side) => Array<number>(n).fill(side));
  const rows = [...unitRows(n, n - 1), ...corners];
  await writeFile(place.path(name), rows.map((row) => row.join(',')).join('\n'));
  const plan = await planFit(place.path(name), {
    manifoldDimension: m,
    fast: true,
    set: ['evaluation.points=150', 'evaluation.meshResolution=16', 'evaluation.distancePoints=5'],
  });
  return { ...plan, data: { points: fromRows(unitRows(n, m)), groundTruth: null } };
}

/** As `toContain`, without the whole report in the message. */
const expectWith = (html: string, text: string): void => {
  expect(html.includes(text), `has ${text}`).toBe(true);
};
const expectWithout = (html: string, text: string): void => {
  expect(html.includes(text), `has ${text}`).toBe(false);
};

/** Everything that a browser would fetch. */
function references(html: string): string[] {
  const attributes = [...html.matchAll(/\b(?:src|srcset|href|data|action|poster)\s*=\s*["']([^"']*)["']/gi)];
  const styles = [...html.matchAll(/url\(\s*["']?([^"')]*)/gi)];
  return [...attributes, ...styles].map(([, target]) => target);
}

function expectSelfContained(html: string): void {
  for (const target of references(html)) expect(target).toMatch(/^(#|data:)/);
  for (const loads of [
    /<(link|iframe|object|embed|base)\b/i,
    /\b(fetch|XMLHttpRequest|importScripts|WebSocket|sendBeacon)\s*\(/,
    /\bimport\s*\(|@import/,
  ])
    expect(loads.exec(html)?.[0]).toBeUndefined();
  for (const [address] of html.matchAll(/\bhttps?:\/\/[\w.-]+/g)) expect(address).toBe('http://www.w3.org');
}

async function expectFigures(folder: RunFolder, names: readonly string[]): Promise<void> {
  const files = await readdir(folder.file(RUN_FILES.figures));
  expect(files.sort()).toEqual(names.flatMap((name) => [`${name}.png`, `${name}.svg`]).sort());
  for (const name of names) {
    const svg = await readFile(folder.file(`${RUN_FILES.figures}/${name}.svg`), 'utf8');
    expect(svg).toMatch(/^(<\?xml[^>]*>\s*)?<svg\b[^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    // Three letters may stand in a picture's base64 by chance.
    expect(/.{40}(NaN|Infinity|undefined)/.exec(svg.replace(/data:[^"]*/g, ''))?.[0]).toBeUndefined();
    // The rasteriser takes well-formed XML only.
    const png = await readFile(folder.file(`${RUN_FILES.figures}/${name}.png`));
    expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    expect(png.readUInt32BE(16)).toBeGreaterThan(300);
  }
}

const TRAINING = ['training-manifold', 'training-density'];

describe('the report of points in the plane', () => {
  installLeakGuard();
  let report: Awaited<ReturnType<typeof inputOf>>;
  beforeAll(async () => {
    const plan = await plane();
    const nasty = '<script>alert(1)</script> & "co"';
    report = await inputOf('plane', { ...plan, title: nasty, summary: nasty });
  });

  it('has its figures as SVG and PNG', () =>
    expectFigures(report.folder, ['density', 'manifold', 'constraint', 'energy', ...TRAINING]));

  it('needs nothing from anywhere', () => {
    expectSelfContained(report.html);
  });

  it('shows every number of the run, published ones beside them, and where they come from', () => {
    const { input, html } = report;
    const rows = resultRows(input.evaluation.metrics, input.plan.published);
    expect(rows.length).toBeGreaterThan(12);
    for (const { name, value } of rows) expectWith(html, `<tr><td>${name}</td><td>${value}</td>`);
    expectWith(html, '9.80e-4 stored notebook run');
    expectWith(html, '1 component, 1 closed loop (as it should be)');
    expectWith(html, '&quot;meshResolution&quot;: 20');
    expectWith(html, '<td>time of evaluation</td><td class="number">1.3 s</td>');
    expectWithout(html, 'class="warning"');
  });

  it('escapes titles and commands', () => {
    expectWithout(report.html, '<script>alert(1)');
    expectWithout(report.html, '<b>&"');
    const escaped = '&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot;';
    expectWith(report.html, `<h1>${escaped}</h1>`);
    expectWith(report.html, `<title>${escaped} - EBIM report</title>`);
    expectWith(report.html, '&lt;b&gt;&amp;&quot;quoted&quot;&lt;/b&gt;');
  });

  it('has all tags closed in order', () => {
    const open: string[] = [];
    const body = report.html.replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, '').replace(/<!doctype html>/, '');
    for (const [, close, name, selfClosing] of body.matchAll(/<(\/?)([a-zA-Z][\w:-]*)[^>]*?(\/?)>/g)) {
      if (/^(meta|img|br|input)$/i.test(name) || selfClosing === '/') continue;
      if (close === '') open.push(name);
      else expect(name).toBe(open.pop());
    }
    expect(open).toEqual([]);
  });
});

describe('the report of a fit', () => {
  installLeakGuard();

  it('of a surface in space shows it, to be turned', async () => {
    const nasty = '<img src=x onerror=alert(1)>.csv';
    const plan = await spacePlan(3, 2, nasty);
    expect(plan.name).toMatch(/^[\w.-]+$/);
    const { folder, html, input } = await inputOf('surface', plan);
    await expectFigures(folder, ['density', 'density-with-data', ...TRAINING]);
    expectSelfContained(html);
    expect(input.evaluation.levelSet?.kind).toBe('surface');
    expectWith(html, 'Euler characteristic 2');
    expectWithout(html, '<img src=x');
    expectWith(html, '&lt;img src=x onerror=alert(1)&gt;.csv');
    // Nothing was published about the points of a user.
    expectWithout(html, '<th>published</th>');
    expectWith(html, '<figure class="ebim-scene"');
  });

  it('of a curve in space shows the points that cover it', async () => {
    const { folder, html, input } = await inputOf('curve', await spacePlan(3, 1));
    await expectFigures(folder, ['density', 'density-with-data', ...TRAINING]);
    expectSelfContained(html);
    expect(input.evaluation.levelSet).toBeNull();
    expectWithout(html, '<td>topology</td>');
    expect(Math.abs(input.evaluation.logZ - Math.log(2 * Math.PI * 2.2795853))).toBeLessThan(0.3);
  });

  it('of points in four dimensions has curves of training and numbers', async () => {
    const { folder, html, input } = await inputOf('four', await spacePlan(4, 3));
    await expectFigures(folder, TRAINING);
    expectSelfContained(html);
    expect(input.evaluation.metrics.wasserstein).toBeNull();
    expectWithout(html, 'Wasserstein');
    expectWith(html, '<td>mean log density of data</td>');
  });
});

describe('the report of a manifold that was not found', () => {
  installLeakGuard();
  const elsewhere = ['evaluation.meshBox.lower=[0.75,0.75]'];

  it('is drawn and warns, where F does not cross zero', async () => {
    const { folder, html } = await inputOf('no-crossing', await plane(elsewhere));
    expect(await readdir(folder.file(RUN_FILES.figures))).toContain('density.svg');
    expectWith(html, '<p class="warning">F does not change sign in the box');
    expectWith(html, '(WRONG)');
    expectWith(html, 'by co-area');
    expect(/>(NaN|-?Infinity)/.exec(html)).toBeNull();
  });

  it.each([
    { name: 'plane', make: plane },
    { name: 'space', make: () => spacePlan(3, 2) },
  ])('is drawn for an empty level set in the $name', async ({ name, make }) => {
    const { html, input } = await inputOf(`empty-${name}`, await make(), async (input) => ({
      ...input,
      evaluation: {
        ...input.evaluation,
        levelSet: await emptyLevelSet(input.plan.config),
        vertexEnergy: new Float64Array(),
      },
    }));
    expect(input.evaluation.levelSet?.elements).toHaveLength(0);
    expectSelfContained(html);
  });

  const emptyLevelSet = (config: EbimConfig) => learnedLevelSet(config, (x) => tf.ones([x.shape[0], 1]));
});

describe('a statistic that is missing or constant', () => {
  installLeakGuard();

  it('leaves the curves of training drawable', async () => {
    const { folder } = await inputOf('constant', await spacePlan(4, 3), (input) => ({
      ...input,
      history: {
        manifold: [{ epoch: 0, stats: { positive: 0, negative: 0, rank: 0 }, seconds: 0 }],
        density: [{ epoch: 0, stats: { positive: 1 }, seconds: 0 }],
      },
    }));
    const svg = await readFile(folder.file(`${RUN_FILES.figures}/training-manifold.svg`), 'utf8');
    expect(svg).toContain('<svg');
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
