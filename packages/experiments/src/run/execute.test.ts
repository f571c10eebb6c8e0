import { readdir, readFile } from 'node:fs/promises';
import { useBackend } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultTable } from '../cli/result-table.js';
import { TINY_SETTINGS, workplace, type FinishedRun, type Workplace } from '../test-support/tiny-run.js';
import type { PartialMetrics } from '../evaluation/run-metrics.js';
import { executeRun } from './execute.js';
import type { RunEvent } from './events.js';
import { planExperiment } from './plan-experiment.js';
import { loadLearnedDensity } from './run-data.js';
import { RUN_FILES, type RunFolder } from './run-folder.js';

const tiny = (set: readonly string[] = [], profile: 'reference' | 'corrected' = 'corrected') =>
  planExperiment('von-mises', { profile, set: [...TINY_SETTINGS, ...set] });

/** Files whose bytes are a function of the plan alone. */
const EQUAL_FILES = [
  RUN_FILES.metrics,
  RUN_FILES.log,
  RUN_FILES.points,
  RUN_FILES.groundTruth,
  RUN_FILES.density,
] as const;

const bytesOf = (folder: RunFolder): Promise<string[]> =>
  Promise.all(EQUAL_FILES.map((name) => readFile(folder.file(name), 'latin1')));

const statusIn = async (folder: RunFolder): Promise<unknown> =>
  (JSON.parse(await readFile(folder.file(RUN_FILES.run), 'utf8')) as { status: unknown }).status;

let place: Workplace;
beforeAll(async () => {
  await useBackend('wasm');
  place = await workplace();
});
afterAll(() => place.remove());

describe('executeRun', () => {
  let first: FinishedRun;
  const tensors: { stage: string; count: number }[] = [];
  const before = { tensors: 0 };
  beforeAll(async () => {
    const plan = await tiny();
    before.tensors = tf.memory().numTensors;
    first = await place.run('first', plan, {
      onEvent: (event: RunEvent) => {
        if (event.type === 'epoch') tensors.push({ stage: event.stage, count: tf.memory().numTensors });
      },
    });
  });

  it('comes to its end and stores numbers', async () => {
    expect(first.outcome.status).toBe('completed');
    expect(await statusIn(first.folder)).toBe('completed');
    const metrics = JSON.parse(await readFile(first.folder.file(RUN_FILES.metrics), 'utf8')) as unknown;
    expect(metrics).toEqual(JSON.parse(JSON.stringify(first.outcome.evaluation?.metrics)));
  });

  it('stores the learned density at points that cover the manifold', async () => {
    const { points, logDensity } = await loadLearnedDensity(first.folder);
    const { covering, logZ } = first.outcome.evaluation ?? { covering: null, logZ: NaN };
    expect(points).toEqual(covering?.points);
    logDensity.forEach((value, i) => {
      expect(value).toBeCloseTo(-(covering?.energy[i] ?? NaN) - logZ, 9);
    });
  });

  it('holds as many tensors after every epoch of a stage, and none after the run', () => {
    for (const [stage, epochs] of [
      ['manifold', 6],
      ['density', 4],
    ] as const) {
      const counts = tensors.filter((entry) => entry.stage === stage).map(({ count }) => count);
      expect(counts).toHaveLength(epochs);
      expect(new Set(counts).size, `${stage}: ${counts.join(', ')}`).toBe(1);
    }
    expect(tf.memory().numTensors).toBe(before.tensors);
  });

  it('writes one line an epoch to the log', async () => {
    const lines = (await readFile(first.folder.file(RUN_FILES.log), 'utf8')).trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { stage: string; epoch: number });
    expect(entries.map(({ stage, epoch }) => `${stage} ${epoch}`)).toEqual([
      ...[0, 1, 2, 3, 4, 5].map((epoch) => `manifold ${epoch}`),
      ...[0, 1, 2, 3].map((epoch) => `density ${epoch}`),
    ]);
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    const again = await place.run('again', await tiny());
    expect(await bytesOf(again.folder)).toEqual(await bytesOf(first.folder));
    const other = await place.run('other', await tiny(['seed=4']));
    const [metrics, log, points, truth] = await bytesOf(other.folder);
    const [metrics0, log0, points0, truth0] = await bytesOf(first.folder);
    expect(metrics).not.toBe(metrics0);
    expect(log).not.toBe(log0);
    expect(points).not.toBe(points0);
    expect(truth).toBe(truth0);
  });

  it('stopped in its second stage and resumed, ends the same', async () => {
    const controller = new AbortController();
    const { folder, outcome } = await place.run('stopped', await tiny(), {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'epoch' && event.stage === 'density' && event.epoch === 1) controller.abort();
      },
    });
    expect(outcome).toMatchObject({ status: 'stopped', evaluation: null });
    expect(await statusIn(folder)).toBe('stopped');
    expect(await readdir(folder.path)).not.toContain(RUN_FILES.metrics);
    const resumed = await executeRun(await tiny(), folder, { command: [] });
    expect(resumed.status).toBe('completed');
    expect(await bytesOf(folder)).toEqual(await bytesOf(first.folder));
    expect(tf.memory().numTensors).toBe(before.tensors);
  });
});

describe('a run whose training goes wrong', () => {
  it('says that it diverged, keeps its checkpoint and shows no numbers', async () => {
    const tensors = tf.memory().numTensors;
    const { folder, outcome } = await place.run('diverged', await tiny(['manifold.learningRate=1e30']));
    expect(outcome).toMatchObject({ status: 'diverged', evaluation: null });
    expect(await statusIn(folder)).toBe('diverged');
    const files = await readdir(folder.path);
    expect(files).not.toContain(RUN_FILES.metrics);
    expect(files).not.toContain(RUN_FILES.report);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('ends in a typed error, without report but with what it could measure, when F has no zero left', async () => {
    const tensors = tf.memory().numTensors;
    // Nothing holds F back from growing on its own samples: it ends far from zero everywhere.
    const plan = await tiny([
      'manifold.negativeWeight=100',
      'manifold.magnitudeWeight=0',
      'manifold.rankWeight=0',
      'manifold.epochs=40',
    ]);
    await expect(place.run('empty', plan)).rejects.toMatchObject({
      code: 'empty-manifold',
      message: expect.stringContaining('zero') as unknown,
    });
    const files = await readdir(place.path('empty'));
    expect(files).toContain(RUN_FILES.run);
    const metrics = JSON.parse(
      await readFile(`${place.path('empty')}/${RUN_FILES.metrics}`, 'utf8'),
    ) as PartialMetrics;
    expect(metrics.topology).toMatchObject({ crosses: false, asExpected: false });
    expect(metrics).not.toHaveProperty('wasserstein');
    expect(metrics.warnings.join()).toContain('Not everything could be measured');
    expect(metrics.warnings.join()).toContain('grows without bound');
    expect(files).not.toContain(RUN_FILES.report);
    const record = JSON.parse(await readFile(`${place.path('empty')}/${RUN_FILES.run}`, 'utf8')) as unknown;
    expect(record).toMatchObject({ status: 'failed' });
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('shows a collapse (no rank regulariser, no negatives) for what it is', async () => {
    const plan = await tiny(['manifold.negativeWeight=0', 'manifold.rankWeight=0', 'manifold.epochs=100']);
    const told: string[] = [];
    const run = await place.run('collapsed', plan, {
      onEvent: (event) => void (event.type === 'warning' && told.push(`${event.stage} ${event.code}`)),
    });
    expect(told).toContain('manifold flat-manifold');
    const metrics = run.outcome.evaluation?.metrics;
    expect(metrics?.warnings.join()).toContain('may have collapsed');
    // What was told on the way is in the report too.
    expect(metrics?.warnings.join()).toContain('it may be collapsing');
    const report = await readFile(run.folder.file(RUN_FILES.report), 'utf8');
    const table = metrics === undefined ? '' : resultTable(plan, metrics);
    for (const warning of metrics?.warnings ?? []) {
      expect(report).toContain(`>${warning}</`);
      expect(table).toContain(`Warning: ${warning}`);
    }
  });
});
