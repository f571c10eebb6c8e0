import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatNpy, pointsOf, weakBosonFusion, type Points } from '@ebim/datasets';
import { FLOW_PRESETS, type FlowPreset } from '@ebim/flows';
import { foldIn, key, useBackend } from '@ebim/runtime';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRunFolder } from '../../run/run-folder.js';
import { workplace, type Workplace } from '../../test-support/tiny-run.js';
import { storedPart } from '../part-store.js';
import type { StudyContext } from '../study.js';
import { particleFolder } from './data.js';
import { particlePhysicsTable } from './run.js';
import type { ParticleSizes } from './run-row.js';

let place: Workplace;
beforeAll(async () => {
  await useBackend('cpu');
  place = await workplace();
});
afterAll(() => place.remove());

const fast = FLOW_PRESETS.particlePhysics.fast;
const preset: FlowPreset = {
  architecture: {
    ...fast.architecture,
    layers: { outer: 2, inner: 1, ambient: 2 },
    hidden: 8,
    blocks: 1,
    encoderBlocks: 1,
    bins: 3,
  },
  training: { ...fast.training, points: 120, epochs: 2, batchSize: 45 },
};
const sizes: ParticleSizes = {
  preset,
  ratio: { events: 120, epochs: 1, validation: 0.25 },
  test: 60,
  samples: 30,
  sets: 2,
  chains: { samples: 6, burnIn: 2 },
  files: null,
};

/** A study's context without the command line; `made` counts the parts that were computed. */
async function contextOf(name: string, members: readonly string[]) {
  const folder = await createRunFolder(place.path(name));
  const made: string[] = [];
  const context = {
    profile: 'reference',
    fast: true,
    seeds: [3],
    members,
    signal: new AbortController().signal,
    folder,
    say: () => undefined,
    part: (part: string, work: () => Promise<unknown>) =>
      storedPart(folder, part, () => {
        made.push(part);
        return work();
      }),
  } as unknown as StudyContext;
  return { context, made };
}

describe('the particle-physics study', () => {
  it('trains and measures models without a manifold of their own', async () => {
    const { context, made } = await contextOf('ambient', ['af', 'pie-original', 'alices']);
    const first = await particlePhysicsTable(context, sizes);
    const [table, , more] = first.tables;
    for (const { rows, columns } of first.tables)
      for (const row of rows) expect(row).toHaveLength(columns.length);
    const [af, pie, alices] = table.rows;
    expect([af[0], pie[0], alices[0]]).toEqual(['AF', 'PIE (original)', 'ALICES']);
    for (const row of [af, pie]) expect(Number(row[1])).toBeGreaterThan(0);
    expect(af[3]).toBe('–');
    expect(alices.slice(1, 5)).toEqual(['–', '–', '–', '–']);
    for (const row of [af, pie, alices]) expect(Number(row[5])).toBeLessThan(1.96);
    // Its manifold is another one at each theta.
    expect(more.rows[1][2]).not.toBe(pie[3]);
    expect(first.figures.map(({ name }) => name)).toEqual(['posteriors']);
    expect(first.warnings.some((text) => text.includes('outside of the box'))).toBe(true);
    const anchors = Object.fromEntries(table.rows.slice(3).map((row) => [row[0], row]));
    expect(Number(anchors['true events'][1])).toBeLessThan(1e-9);
    expect(Number(anchors['standard normal noise'][1])).toBeCloseTo(1, 0);
    expect(Number(anchors['upper bound of a log posterior'][5])).toBeCloseTo(1.957, 2);

    // What is finished is taken from the folder.
    expect(made).toHaveLength(4);
    const again = await particlePhysicsTable(context, sizes);
    expect(made).toHaveLength(4);
    expect(again.numbers).toEqual(first.numbers);
    expect(again.tables).toEqual(first.tables);
  });

  it('trains densities on a learned manifold with scores, and leaves the manifold as it is', async () => {
    const { context } = await contextOf('manifold', ['mflow', 'mflow-scandal']);
    const [table, claims, more] = (await particlePhysicsTable(context, sizes)).tables;
    const [mflow, scandal] = table.rows;
    expect(scandal[3]).toBe(mflow[3]);
    expect(scandal[1]).not.toBe(mflow[1]);
    expect(scandal[5]).not.toBe(mflow[5]);
    // One manifold for all thetas.
    expect(more.rows[0][2]).toBe(mflow[3]);
    expect(claims.rows.map(([text]) => text)).toEqual([
      expect.stringContaining('closure of M-flow with SCANDAL / without'),
      expect.stringContaining('log posterior of M-flow with SCANDAL - without'),
    ]);
  });

  it('reads the reference files where they are, and leaves out what they do not allow', async () => {
    const folder = join(place.path('data'), 'lhc40d');
    await mkdir(folder, { recursive: true });
    vi.stubEnv('EBIM_DATA_DIR', place.path('data'));
    expect(await particleFolder()).toBeNull();
    const simulator = weakBosonFusion();
    const save = (name: string, points: Points) =>
      writeFile(join(folder, `${name}.npy`), formatNpy(points, { dtype: 'float32' }));
    const theta = simulator.prior!.sample(key(0), 150);
    const events = simulator.simulate(key(1), 150, theta);
    await save('x_train', events.features);
    await save('theta_train', theta);
    await save('t_xz_train', events.jointScore);
    const thetas = [
      ['test', [0, 0]],
      ['test1', [0.5, 0]],
      ['test2', [-1, -1]],
    ] as const;
    for (const [i, [split, at]] of thetas.entries())
      await save(`x_${split}`, simulator.simulate(foldIn(key(2), i), 50, at).features);
    expect(await particleFolder()).toBe(folder);

    const { context } = await contextOf('files', ['pae-scandal', 'alices']);
    const { tables, numbers, warnings } = await particlePhysicsTable(context, { ...sizes, files: folder });
    expect(numbers).toMatchObject({
      source: 'files',
      anchors: { partons: null, closure: { reshuffled: null } },
    });
    expect(tables[0].note).toContain('reference files');
    expect(tables.map(({ title }) => title)).toEqual(['Table 3', 'More about each model']);
    expect(tables[0].rows[0][0]).toBe('PAE, SCANDAL');
    // No density of events.
    expect(tables[0].rows[0].slice(5, 7)).toEqual(['–', '–']);
    expect(warnings[0]).toContain('ALICES is left out');

    await save('theta_test1', pointsOf(new Float64Array(100), 2));
    const other = await contextOf('other', ['pae']);
    await expect(particlePhysicsTable(other.context, { ...sizes, files: folder })).rejects.toMatchObject({
      code: 'wrong-theta',
    });
    vi.unstubAllEnvs();
  });
});
