import { describe, expect, it } from 'vitest';
import { PROFILES } from '../definitions/experiment.js';
import { ownPointsConfig } from '../definitions/own-points.js';
import { experiments } from '../definitions/registry.js';
import { nearest } from './nearest.js';
import { applyOverrides } from './overrides.js';
import { optionPaths, validateConfig } from './validate.js';

const CONFIGS = experiments.flatMap((experiment) =>
  PROFILES.flatMap((profile) =>
    [false, true].map((fast) => [experiment.name, profile, fast, experiment.config(profile, fast)] as const),
  ),
);
const refusal = (code: string, hint?: RegExp) =>
  expect.objectContaining({
    name: 'ConfigError',
    code,
    ...(hint === undefined ? {} : { hint: expect.stringMatching(hint) as string }),
  }) as Error;

describe.each(CONFIGS)('%s, %s profile, fast: %s', (_name, _profile, _fast, config) => {
  it('is valid, and every option of it can be set', () => {
    expect(validateConfig(config)).toEqual(config);
    const valueAt = (path: string) =>
      path.split('.').reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], config);
    const settings = optionPaths(config).map((path) => `${path}=${JSON.stringify(valueAt(path))}`);
    expect(settings.length).toBeGreaterThan(40);
    expect(applyOverrides(config, settings)).toEqual(config);
  });

  it('names the nearest option for a slip, at every level', () => {
    for (const path of optionPaths(config))
      expect(() => applyOverrides(config, [`${path}x=1`])).toThrow(
        refusal('unknown-option', new RegExp(`"${path.replaceAll('.', '\\.')}"`)),
      );
  });
});

describe('settings', () => {
  const config = experiments[0].config('reference', false);

  it('apply in order and leave the original alone', () => {
    const before = structuredClone(config);
    const changed = applyOverrides(config, [
      'manifold.epochs=2',
      'manifold.epochs=5',
      'backend=cpu',
      'density.clipNorm=null',
    ]);
    expect(changed).toEqual({
      ...config,
      backend: 'cpu',
      manifold: { ...config.manifold, epochs: 5 },
      density: { ...config.density, clipNorm: null },
    });
    expect(config).toEqual(before);
  });

  it.each([
    ['evaluation.box.lower=[-1]'],
    ['evaluation.meshBox.upper=[1,2,3]'],
    ['manifold.maxSingularValue=0.5'],
    ['density.sampler.stepSize=0'],
    ['seed=9007199254740993'],
    ['bounds.upper="wide"'],
  ])('%s is refused', (setting) =>
    expect(() => applyOverrides(config, [setting])).toThrow(refusal('bad-option')),
  );

  it.each([
    [['density.negatives=adjustedChains'], /stepSize/],
    [['density.negatives=adjustedChains', 'density.sampler.stepSize=null'], /gradClamp/],
    [
      ['density.negatives=adjustedChains', 'density.sampler.stepSize=null', 'density.sampler.gradClamp=null'],
      /constraintSolver/,
    ],
    [['density.validationShare=0.1'], /validationShare/],
    [['density.negatives=nodes', 'density.validationShare=0.1'], /validationShare/],
    [['density.negatives=node'], /chains, adjustedChains, nodes/],
    [['density.nodes.scales=[]'], /scales/],
    [['density.frequencies=[0]'], /frequencies/],
  ])('%s together are refused', (settings, what) =>
    expect(() => applyOverrides(config, settings)).toThrow(what),
  );

  it('nodes are refused where they cannot cover', () => {
    const wide = ownPointsConfig(
      { data: new Float64Array(40).map((_, i) => i % 7), rows: 10, columns: 4 },
      2,
      true,
    );
    expect(wide.density.negatives).toBe('adjustedChains');
    expect(() => applyOverrides(wide, ['density.negatives=nodes'])).toThrow(refusal('bad-option'));
  });

  it('a configuration from before there were nodes trains with chains, as it did', () => {
    const { negatives: _, nodes: __, schedule: ___, averageDecay: ____, ...rest } = config.density;
    const { validationShare: _____, frequencies: ______, ...density } = rest;
    expect(validateConfig({ ...config, density })).toEqual(config);
    expect(config.density.negatives).toBe('chains');
  });

  it('unknown keys of a stored configuration are named', () => {
    const strange = { ...config, manifold: { ...config.manifold, epoch: 3 } };
    expect(() => validateConfig(strange)).toThrow(refusal('unknown-option', /"manifold\.epochs"/));
    const { seed: _, ...incomplete } = config;
    expect(() => validateConfig(incomplete)).toThrow(refusal('missing-option'));
  });
});

describe('settings for own points', () => {
  it('are valid for every pair of dimensions and few or many points', () => {
    for (let n = 2; n <= 10; n++)
      for (const rows of [2, 700, 20_000]) {
        const data = Float64Array.from({ length: rows * n }, (_, i) => Math.sin(i * i));
        const columns = Array.from({ length: n }, (_, d) =>
          Array.from({ length: Math.min(rows, 1000) }, (_, row) => data[row * n + d]),
        );
        for (let m = 1; m < n; m++) {
          const config = ownPointsConfig({ data, rows, columns: n }, m, n % 2 === 0);
          expect(validateConfig(config)).toEqual(config);
          const steps = config.manifold.epochs * Math.ceil(rows / config.manifold.batchSize);
          expect(steps).toBeGreaterThanOrEqual(1500);
          expect(steps).toBeLessThan(20_000 + rows);
          columns.forEach((column, d) => {
            expect(config.bounds.lower[d]).toBeLessThan(Math.min(...column));
            expect(config.bounds.upper[d]).toBeGreaterThan(Math.max(...column));
          });
        }
      }
  });
});

describe('nearest', () => {
  it('finds slips of the hand and nothing for other words', () => {
    const names = ['von-mises', 'floods', 'glycine'];
    expect(nearest('Glycin', names)).toBe('glycine');
    expect(nearest('vonmises', names)).toBe('von-mises');
    expect(nearest('q', names)).toBeNull();
    expect(nearest('photography', names)).toBeNull();
    expect(nearest('x', [])).toBeNull();
  });
});
