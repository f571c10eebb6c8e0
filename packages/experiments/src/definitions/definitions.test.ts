import { readFile } from 'node:fs/promises';
import type { Points } from '@ebim/datasets';
import { ConfigError, key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { optionPaths, validateConfig } from '../config/validate.js';
import type { EbimConfig } from '../config/schema.js';
import { runKeys } from '../run/keys.js';
import { PROFILES } from './experiment.js';
import { floods } from './floods.js';
import { glycine } from './glycine.js';
import { experiments, findExperiment } from './registry.js';
import { mixture } from './mixture.js';
import { vonMises } from './von-mises.js';

const valueAt = (config: EbimConfig, path: string): unknown =>
  path.split('.').reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], config);

const every = experiments.flatMap((experiment) =>
  PROFILES.flatMap((profile) => [false, true].map((fast) => ({ name: experiment.name, profile, fast }))),
);

describe.each(every)('$name, $profile profile, fast: $fast', ({ name, profile, fast }) => {
  const config = findExperiment(name).config(profile, fast);

  it('is a valid configuration, whole and in JSON', () => {
    expect(validateConfig(config)).toEqual(config);
    expect(validateConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it('has the chains in the box of the mesh, and training at least as long as it is stored', () => {
    config.bounds.lower.forEach((low, d) => {
      expect(config.evaluation.meshBox.lower[d]).toBeLessThanOrEqual(low);
      expect(config.evaluation.meshBox.upper[d]).toBeGreaterThanOrEqual(config.bounds.upper[d]);
    });
    expect(config.checkpointEvery).toBeLessThanOrEqual(config.manifold.epochs);
  });

  it('knows temperatures other than 1 only as the reference', () => {
    if (profile !== 'reference') expect(config.evaluation.temperature).toBe(1);
  });

  if (profile === 'corrected')
    it('samples its own density: step size noiseScale squared, no clamp, exact constraint', () => {
      expect(config.density.sampler).toMatchObject({
        stepSize: null,
        gradClamp: null,
        constraintSolver: 'newton',
        tangentProjection: 'cholesky',
        onFailure: 'keepPrevious',
        outOfBounds: 'reject',
      });
    });

  if (profile !== 'corrected' && !fast)
    it('samples as published', () => {
      expect(config.density.sampler).toMatchObject({
        constraintSolver: 'lbfgs',
        tangentProjection: 'reference',
        onFailure: 'accept',
        outOfBounds: 'clamp',
      });
    });
});

describe('the numbers of spec 3', () => {
  const low = { batchSize: 50, learningRate: 0.01, bufferCapacity: 10_000, bufferFraction: 0.95 };
  const chains = { steps: 20, noiseScale: 0.1, stepSize: 10, gradClamp: 0.03 };

  it('3.1, von Mises', () => {
    const config = vonMises.config('reference', false);
    expect(config).toMatchObject({
      data: { count: 1000 },
      bounds: { lower: [-1.5, -1.5], upper: [1.5, 1.5] },
      manifoldDimension: 1,
      manifold: {
        ...low,
        hidden: [8, 8, 8],
        epochs: 300,
        minSingularValue: 1,
        maxSingularValue: null,
        negativeWeight: 0.3,
        rankWeight: 10,
        magnitudeWeight: 1,
        sampler: chains,
      },
      density: {
        hidden: [32, 32],
        epochs: 20,
        batchSize: 50,
        learningRate: 0.01,
        clipNorm: 1,
        magnitudeWeight: 0.1,
        sampler: { steps: 10, noiseScale: 0.3, stepSize: 1, gradClamp: 0.1 },
      },
      evaluation: { points: 3000, temperature: 1, box: { lower: [-1.3, -1.3], upper: [1.3, 1.3] } },
    });
    expect(vonMises.published.manifold).toEqual({
      loss: -0.012,
      positive: 0.0022,
      negative: 0.124,
      rank: 0,
      magnitude: 0.023,
    });
    expect(vonMises.published.wasserstein[0].value).toBe(0.00098);
  });

  it('3.5, floods', () => {
    expect(floods.config('reference', false)).toMatchObject({
      data: { count: null },
      bounds: { lower: [-1.3, -1.3, -1.3], upper: [1.3, 1.3, 1.3] },
      manifoldDimension: 2,
      manifold: {
        ...low,
        hidden: [8, 8, 8],
        epochs: 300,
        minSingularValue: 0.1,
        negativeWeight: 0.3,
        rankWeight: 10,
        magnitudeWeight: 1,
        sampler: chains,
      },
      density: {
        hidden: [32, 32, 32, 32],
        epochs: 100,
        batchSize: 50,
        clipNorm: 1,
        magnitudeWeight: 0.1,
        sampler: { steps: 5, noiseScale: 0.1, stepSize: null, gradClamp: 0.03 },
      },
      evaluation: { points: 10_000, temperature: 2 },
    });
    expect(floods.config('paper', false)).toMatchObject({
      manifold: { minSingularValue: 1 },
      density: { magnitudeWeight: 1 },
      evaluation: { temperature: 1 },
    });
    expect(floods.published.manifold).toEqual({ positive: 0.0015, negative: 0.112 });
    expect(floods.published.wasserstein.map(({ value }) => value)).toEqual([0.014, 0.02]);
  });

  it('3.4, mixture', async () => {
    const reference = mixture.config('reference', false);
    expect(reference).toMatchObject({
      data: { count: 1000, split: null, circleOffset: 1.8 },
      bounds: { lower: [-3.3, -3.3], upper: [3.3, 3.3] },
      manifoldDimension: 1,
      manifold: {
        ...low,
        hidden: [8, 8, 8],
        epochs: 500,
        batchSize: 100,
        rankWeight: 1,
        minSingularValue: 1,
      },
      density: {
        hidden: [32, 32],
        epochs: 10,
        batchSize: 100,
        clipNorm: 1,
        magnitudeWeight: 0.3,
        bufferCapacity: 10_000,
        sampler: { steps: 10, noiseScale: 0.5, stepSize: 1, gradClamp: 0.1 },
      },
      evaluation: { points: 4000, ticks: 100, temperature: 1, partition: 'covering' },
    });
    expect(mixture.config('paper', false)).toMatchObject({
      data: { circleOffset: 2 },
      density: { hidden: [32, 32, 32], bufferCapacity: 1000 },
      evaluation: { ticks: 101, partition: 'manifold', reference: 'cells' },
    });
    expect(mixture.topology).toEqual({ components: 2, eulerCharacteristic: null });
    for (const [profile, offset] of [
      ['reference', 1.8],
      ['paper', 2],
    ] as const) {
      const { points, groundTruth } = await mixture.load(mixture.config(profile, false), key(1), {});
      let left = 0;
      for (let i = 0; i < points.rows; i++) {
        const [x, y] = points.data.subarray(2 * i, 2 * i + 2);
        expect(Math.hypot(Math.abs(x) - offset, y)).toBeCloseTo(1, 9);
        if (x < 0) left++;
      }
      expect(Math.abs(left / 1000 - 0.5)).toBeLessThan(0.07);
      // Modes face each other; 250 points a circle, the first and last of which are one.
      const density = groundTruth?.density ?? new Float64Array();
      expect(density).toHaveLength(500);
      const integral = density.reduce((sum, p, i) => sum + (i % 250 === 0 ? 0 : (p * 2 * Math.PI) / 249), 0);
      expect(integral).toBeCloseTo(1, 9);
      const peak = density.indexOf(Math.max(...density));
      expect(Math.abs(groundTruth?.points.data[2 * peak] ?? NaN)).toBeCloseTo(offset - 1, 2);
    }
  });

  it('3.6, glycine', () => {
    expect(glycine.config('reference', false)).toMatchObject({
      data: { count: null },
      bounds: { lower: [-4.1, -4.1, -2.7], upper: [4.1, 4.1, 2.7] },
      manifoldDimension: 2,
      manifold: {
        ...low,
        hidden: [8, 8],
        minSingularValue: 0.3,
        negativeWeight: 0,
        rankWeight: 1,
      },
      density: {
        hidden: [32, 32, 32],
        epochs: 10,
        batchSize: 50,
        clipNorm: 1,
        magnitudeWeight: 0.3,
        sampler: { steps: 10, noiseScale: 0.1, stepSize: null, gradClamp: 0.03 },
      },
      evaluation: { points: 10_000, temperature: 3 },
    });
    expect(glycine.config('paper', false).density).toMatchObject({
      hidden: [32, 32],
      batchSize: 100,
      magnitudeWeight: 1,
    });
    expect(glycine.published.wasserstein.map(({ value }) => value)).toEqual([0.026, 0.0261]);
  });
});

describe('data', () => {
  const columnSquares = ({ data, rows, columns }: Points, row: number): number =>
    row < rows ? data.subarray(row * columns, (row + 1) * columns).reduce((sum, x) => sum + x * x, 0) : NaN;

  it('of von Mises: so many points of the circle, by the key; its truth integrates to one', async () => {
    const config = vonMises.config('reference', false);
    const data = await vonMises.load(config, key(1), {});
    expect(data.points).toMatchObject({ rows: 1000, columns: 2 });
    for (let i = 0; i < 1000; i++) expect(columnSquares(data.points, i)).toBeCloseTo(1, 10);
    const again = await vonMises.load(config, key(1), {});
    const other = await vonMises.load(config, key(2), {});
    expect(again.points.data).toEqual(data.points.data);
    expect(other.points.data).not.toEqual(data.points.data);
    const fewer = await vonMises.load({ ...config, data: { ...config.data, count: 7 } }, key(1), {});
    expect(fewer.points.rows).toBe(7);

    const density = data.groundTruth?.density ?? new Float64Array();
    expect(density).toHaveLength(500);
    // The first and the last of the 500 angles are the same point.
    const integral = density.subarray(1).reduce((sum, p) => sum + (p * 2 * Math.PI) / 499, 0);
    expect(integral).toBeCloseTo(1, 9);
    expect(Math.max(...density) / Math.min(...density)).toBeCloseTo(Math.exp(4), 1);
  });

  it.runIf(process.env['EBIM_DATA_DIR'])('of floods lie on the unit sphere', async () => {
    const config = floods.config('reference', false);
    const { points, groundTruth } = await floods.load(config, runKeys(0).data, {});
    expect(points).toMatchObject({ rows: 4875, columns: 3 });
    expect(groundTruth).toBeNull();
    for (let i = 0; i < points.rows; i++) expect(columnSquares(points, i)).toBeCloseTo(1, 6);
    const first = await floods.load({ ...config, data: { ...config.data, count: 10 } }, runKeys(0).data, {});
    expect(first.points.data).toEqual(points.data.slice(0, 30));
  });

  it.runIf(process.env['EBIM_DATA_DIR'])('of glycine lie on the torus with radii 3 and 1', async () => {
    const { points } = await glycine.load(glycine.config('reference', false), runKeys(0).data, {});
    expect(points).toMatchObject({ rows: 1000, columns: 3 });
    for (let i = 0; i < points.rows; i++) {
      const [x, y, z] = points.data.subarray(3 * i, 3 * i + 3);
      expect((Math.hypot(x, y) - 3) ** 2 + z * z).toBeCloseTo(1, 6);
    }
  });
});

describe('findExperiment', () => {
  it('knows every name, and the nearest to a wrong one', () => {
    for (const experiment of experiments) expect(findExperiment(experiment.name)).toBe(experiment);
    expect(new Set(experiments.map(({ name }) => name)).size).toBe(experiments.length);
    expect(() => findExperiment('flods')).toThrow('Did you mean "floods"?');
    expect(() => findExperiment('flods')).toThrow(ConfigError);
  });
});

describe('docs/deviations.md', () => {
  const page = readFile(new URL('../../../../docs/deviations.md', import.meta.url), 'utf8');

  it.each(experiments.map(({ name }) => name))(
    'names every switch in which profiles of %s differ',
    async (name) => {
      const text = await page;
      const { config } = findExperiment(name);
      for (const fast of [false, true]) {
        const configs = PROFILES.map((profile) => config(profile, fast));
        const differing = optionPaths(configs[0]).filter(
          (path) => new Set(configs.map((each) => JSON.stringify(valueAt(each, path)))).size > 1,
        );
        expect(differing.length).toBeGreaterThan(5);
        for (const path of differing) expect(text, path).toContain(`\`${path}\``);
      }
    },
  );

  it('has every one of the 46 differences, in order, once', async () => {
    const rows = [...(await page).matchAll(/^\| D(\d+) +\|(.*)\|$/gm)];
    expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 46 }, (_, i) => i + 1));
    // Those that spec section 2 gives to images alone; every other row says where its switch is, or that none is needed.
    const images = [12, 19, 20, 37, 38, 39, 41, 43, 44];
    for (const [, number, rest] of rows) {
      const cells = rest.split(/(?<!\\)\|/).map((cell) => cell.trim());
      expect(cells, `D${number}`).toHaveLength(6);
      expect(cells[5].includes('images only'), `D${number}`).toBe(images.includes(Number(number)));
      if (!images.includes(Number(number))) expect(cells[4], `D${number}`).toMatch(/`|^none|^settings of/);
      expect(
        cells.filter((cell) => cell === ''),
        `D${number}`,
      ).toEqual([]);
    }
  });

  it('names no switch that does not exist', async () => {
    const named = [...(await page).matchAll(/`((?:data|manifold|density|evaluation)\.[\w.*]+)`/g)].map(
      ([, path]) => path,
    );
    expect(named.length).toBeGreaterThan(10);
    const known = optionPaths(vonMises.config('reference', false));
    for (const path of named) expect(known, path).toContain(path);
  });
});
