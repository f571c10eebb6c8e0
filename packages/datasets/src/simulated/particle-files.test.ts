import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { key } from '@ebim/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pointsOf, type Points } from '../points/points.js';
import { formatNpy } from '../readers/npy.js';
import { readParticleFiles } from './particle-files.js';
import { restoreParticles } from './particle-features.js';
import { weakBosonFusion } from './weak-boson-fusion.js';

let folder = '';
const events = weakBosonFusion().simulate(key(0), 20, [0.5, 0]);
const save = (name: string, points: Points) =>
  writeFile(join(folder, `${name}.npy`), formatNpy(points, { dtype: 'float32' }));
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ebim-particles-'));
  await save('x_train', events.features);
  await save('theta_train', events.context);
  await save('t_xz_train', events.jointScore);
  await save('x_test1', events.features);
  await save('x_test', events.features);
  await save('theta_test', pointsOf(Float64Array.of(0, 0, 0, 0), 2));
  await save('x_test2', pointsOf(new Float64Array(48), 48));
});
afterAll(() => rm(folder, { recursive: true }));

describe('readParticleFiles', () => {
  it('reads events, parameters and joint scores', async () => {
    const train = await readParticleFiles(folder);
    expect(train.jointScore?.data[3]).toBeCloseTo(events.jointScore.data[3], 6);
    expect(train.context.data[0]).toBeCloseTo(0.5, 6);
    restoreParticles(train.points).data.forEach((x, i) =>
      expect(Math.abs(x - events.features.data[i])).toBeLessThan(1e-3),
    );
    const raw = await readParticleFiles(`${folder}/`, { standardise: false });
    expect(raw.points.data[0]).toBe(Math.fround(events.features.data[0]));
  });

  it('takes the published parameters of a test set without a file of them', async () => {
    const { context, jointScore } = await readParticleFiles(folder, { split: 'test1' });
    expect(context.rows).toBe(20);
    expect(Array.from(context.data.slice(36))).toEqual([0.5, 0, 0.5, 0]);
    expect(jointScore).toBeNull();
  });

  it('says what does not fit', async () => {
    await expect(readParticleFiles(folder, { split: 'test' })).rejects.toThrow(/20 rows.*got 2/);
    await expect(readParticleFiles(folder, { split: 'test2' })).rejects.toThrow(
      /40 columns, got 48.*azimuths/,
    );
    await expect(readParticleFiles(join(folder, 'nowhere'))).rejects.toThrow(
      /x_train\.npy: expected an existing file/,
    );
    await expect(readParticleFiles(folder, { split: 'tset' as 'test' })).rejects.toThrow(
      /one of train, test/,
    );
    await rm(join(folder, 'theta_train.npy'));
    await expect(readParticleFiles(folder)).rejects.toThrow(/theta_train\.npy/);
  });
});
