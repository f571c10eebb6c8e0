import { readFile, writeFile } from 'node:fs/promises';
import { useBackend } from '@ebim/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunFolder } from '../run/run-folder.js';
import { TINY_SETTINGS, workplace, type Workplace } from '../test-support/tiny-run.js';
import { storedPart } from './part-store.js';
import { runStudy, type RunStudyOptions } from './run-study.js';
import { studies } from './registry.js';
import type { Study, StudyContext } from './study.js';
import { loadStudyRecord, requireSameStudy } from './study-record.js';
import { loadRecord } from '../run/load-run.js';

let place: Workplace;
beforeAll(async () => {
  await useBackend('cpu');
  place = await workplace();
});
afterAll(() => place.remove());

const plan = { name: 'a-study', profile: 'reference', fast: true, seeds: [3, 4] } as const;
const options = (more: Partial<RunStudyOptions> = {}): RunStudyOptions => ({
  command: ['run', 'a-study'],
  backend: 'cpu',
  signal: new AbortController().signal,
  say: () => undefined,
  earlier: null,
  ...more,
});
const study = (run: Study['run']): Study => ({
  name: 'a-study',
  title: 'A <study>',
  source: 'nowhere',
  summary: 'nothing',
  seeds: 2,
  run,
});
const empty = { tables: [], figures: [], numbers: {}, warnings: [] };

describe('storedPart', () => {
  it('does work once, and gives back what JSON cannot hold', async () => {
    const folder = await createRunFolder(place.path('parts'));
    let calls = 0;
    const value = { numbers: [NaN, -Infinity, 1.5], data: Float64Array.of(0.1, NaN, 3), name: 'x' };
    const work = () => {
      calls++;
      return Promise.resolve(value);
    };
    const first = await storedPart(folder, 'one', work);
    expect(first).toEqual(value);
    expect(await storedPart(folder, 'one', work)).toEqual(first);
    expect(calls).toBe(1);
  });

  it('stores nothing of work that fails, and refuses names that are paths', async () => {
    const folder = await createRunFolder(place.path('failing'));
    await expect(storedPart(folder, 'one', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await storedPart(folder, 'one', () => Promise.resolve(1))).toBe(1);
    await expect(storedPart(folder, '../one', () => Promise.resolve(1))).rejects.toMatchObject({
      code: 'bad-part-name',
    });
  });

  it('tells of a damaged file', async () => {
    const folder = await createRunFolder(place.path('damaged'));
    await storedPart(folder, 'one', () => Promise.resolve(1));
    await writeFile(folder.file('parts/one.json'), '{"a":');
    await expect(storedPart(folder, 'one', () => Promise.resolve(1))).rejects.toMatchObject({
      code: 'damaged-part',
    });
  });
});

describe('runStudy', () => {
  it('runs experiments in folders of their own, once, and writes tables, figures and report', async () => {
    const folder = await createRunFolder(place.path('whole'));
    const told: string[] = [];
    const whole = study(async (context) => {
      const runs = [];
      for (const seed of context.seeds)
        runs.push(await context.experiment('von-mises', { seed, set: TINY_SETTINGS, label: 'tiny' }));
      const values = runs.map(({ metrics }) => metrics?.distance.mean ?? NaN);
      return {
        tables: [
          { title: 'Distances', columns: ['seed', 'mean | x'], rows: values.map((v, i) => [`${i}`, `${v}`]) },
        ],
        figures: [
          {
            name: 'box',
            title: 'Box',
            caption: 'c',
            svg: '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
          },
        ],
        numbers: { values },
        warnings: ['careful & slow'],
      };
    });
    const first = await runStudy(whole, plan, folder, options({ say: (text) => void told.push(text) }));
    expect(first.status).toBe('completed');
    expect(told).toHaveLength(2);
    const values = (first.result?.numbers as { values: number[] }).values;
    expect(new Set(values).size).toBe(2);
    expect(values.every((value) => value > 0)).toBe(true);

    const read = (name: string) => readFile(folder.file(name), 'utf8');
    expect(JSON.parse(await read('metrics.json'))).toEqual({ values });
    const [html, markdown] = [await read('report.html'), await read('tables.md')];
    expect(html).toContain('A &lt;study&gt;');
    expect(html).toContain('careful &amp; slow');
    expect(markdown).toContain('| seed | mean \\| x |');
    expect(markdown).toContain('A fast study');
    expect((await readFile(folder.file('figures/box.png'))).subarray(1, 4).toString()).toBe('PNG');

    const { record } = await loadStudyRecord(folder.path);
    const again = await runStudy(
      whole,
      plan,
      folder,
      options({ say: (text) => void told.push(text), earlier: record }),
    );
    expect(told).toHaveLength(2);
    expect(again.result?.numbers).toEqual(first.result?.numbers);
    expect(again.record.seconds).toBeGreaterThan(first.record.seconds);
  });

  it('counts a run that could not be measured, and goes on', async () => {
    const folder = await createRunFolder(place.path('unmeasured'));
    const told: string[] = [];
    // Bounds without data: F has no zero there after an epoch, and nothing can be measured on it.
    const box = (name: string) => [`${name}.lower=[40,40]`, `${name}.upper=[41,41]`];
    const odd = study(async ({ experiment }) => {
      const run = await experiment('von-mises', {
        seed: 3,
        set: [...TINY_SETTINGS, 'manifold.epochs=1', ...box('bounds'), ...box('evaluation.meshBox')],
      });
      return { ...empty, numbers: { status: run.status, metrics: run.metrics } };
    });
    const outcome = await runStudy(odd, plan, folder, options({ say: (text) => void told.push(text) }));
    expect(outcome.result?.numbers).toEqual({ status: 'failed', metrics: null });
    expect(told.at(-1)).toMatch(/^Seed 3: /);
  });

  it('keeps finished parts of a study that was stopped, and not the one that the stop fell into', async () => {
    const folder = await createRunFolder(place.path('stopped'));
    const controller = new AbortController();
    const calls: string[] = [];
    const values: string[] = [];
    const two = study(async ({ part, signal }: StudyContext) => {
      for (const name of ['one', 'two'])
        values.push(
          await part(name, () => {
            calls.push(name);
            if (calls.length === 2) controller.abort();
            // Training that is stopped gives back what it has so far.
            return Promise.resolve(signal.aborted ? `half of ${name}` : name);
          }),
        );
      return empty;
    });
    const stopped = await runStudy(two, plan, folder, options({ signal: controller.signal }));
    expect(stopped).toMatchObject({ status: 'stopped', result: null });
    const { record } = await loadStudyRecord(folder.path);
    expect(record.status).toBe('stopped');
    expect((await runStudy(two, plan, folder, options({ earlier: record }))).status).toBe('completed');
    expect(calls).toEqual(['one', 'two', 'two']);
    expect(values).toEqual(['one', 'one', 'two']);
  });

  it('records a failure', async () => {
    const folder = await createRunFolder(place.path('failed'));
    const failing = study(() => Promise.reject(new Error('no')));
    await expect(runStudy(failing, plan, folder, options())).rejects.toThrow('no');
    expect((await loadStudyRecord(folder.path)).record.status).toBe('failed');
    await expect(loadRecord(folder.path)).rejects.toMatchObject({ code: 'folder-of-a-study' });
  });

  it('goes on under the same plan only', () => {
    expect(() => {
      requireSameStudy(plan, plan, 'folder');
    }).not.toThrow();
    expect(() => {
      requireSameStudy(plan, { ...plan, seeds: [3] }, 'folder');
    }).toThrow('seeds = [3,4], as in folder');
  });
});

describe('the studies', () => {
  it('have names that a command line can take, each once', () => {
    const names = studies.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
  });
});
