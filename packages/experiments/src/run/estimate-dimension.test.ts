import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pointsOf, uniformSphere, writeNpy, type Points } from '@ebim/datasets';
import { EbimError, key, normalArray } from '@ebim/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { estimateDimension, type EstimatedDimension } from './estimate-dimension.js';
import { planFit } from './plan-fit.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ebim-dimension-'));
});
afterAll(() => rm(folder, { recursive: true }));

const normal = (rows: number, columns: number): Points =>
  pointsOf(normalArray(key(1), rows * columns), columns);
const save = async (name: string, points: Points): Promise<string> => {
  const path = join(folder, `${name}.npy`);
  await writeNpy(path, points);
  return path;
};
async function refusal(act: () => unknown): Promise<EbimError> {
  try {
    await act();
  } catch (error) {
    if (EbimError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('planFit without a dimension', () => {
  it('estimates it, says so, and uses it', async () => {
    const path = await save('sphere', uniformSphere({ radius: 40, center: [100, 0, 0] }).sample(key(0), 600));
    const said: EstimatedDimension[] = [];
    const plan = await planFit(path, { onEstimate: (estimate) => said.push(estimate) });
    expect(plan.config.manifoldDimension).toBe(2);
    expect(said).toHaveLength(1);
    expect(said[0].reason).toMatch(
      /Dimension of the manifold: 2, .*two nearest neighbours.*maximum likelihood/,
    );
    expect(Math.abs(said[0].twoNearestNeighbours - 2)).toBeLessThan(0.3);
    expect(Math.abs(said[0].maximumLikelihood - 2)).toBeLessThan(0.3);
    expect(plan.title).toContain('dimension 2');
  });

  it('leaves the choice to whoever makes one, as an option or as a setting', async () => {
    const [plane, space] = [await save('flat', normal(200, 2)), await save('noise', normal(200, 3))];
    const onEstimate = () => expect.unreachable();
    const dimensions = await Promise.all([
      planFit(plane, { manifoldDimension: 1, onEstimate }),
      planFit(space, { set: ['manifoldDimension=2'], onEstimate }),
    ]);
    expect(dimensions.map(({ config }) => config.manifoldDimension)).toEqual([1, 2]);
  });

  it('refuses points that fill their space, and says both estimates and the option', async () => {
    const path = await save('plane', normal(500, 2));
    const error = await refusal(() => planFit(path, {}));
    expect(error.code).toBe('unclear-manifold-dimension');
    expect(error.message).toMatch(
      /got \d\.\d\d by two nearest neighbours and \d\.\d\d by maximum likelihood: the points fill .*--manifold-dim/,
    );
    expect(error.details['coordinates']).toBe(2);
  });

  it('refuses to choose between dimensions that the points do not tell apart', async () => {
    const error = await refusal(() => estimateDimension(normal(300, 12)));
    expect(error.message).toMatch(/may be 1?\d or 1?\d.* with so few points/);
  });

  it('refuses too few points', async () => {
    const error = await refusal(() => estimateDimension(normal(40, 3)));
    expect(error.code).toBe('unclear-manifold-dimension');
    expect(error.message).toMatch(/40 of 40 rows.*--manifold-dim/);
  });
});
