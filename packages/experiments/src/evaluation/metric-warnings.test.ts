import { fromRows } from '@ebim/datasets';
import { describe, expect, it } from 'vitest';
import { vonMises } from '../definitions/von-mises.js';
import { metricWarnings } from './metric-warnings.js';
import type { PartialMetrics, PieceMetrics, RunMetrics } from './run-metrics.js';

const config = vonMises.config('corrected', false);
const points = fromRows([
  [1, 0],
  [-1, 0],
]);
const piece: PieceMetrics = {
  volume: 6.28,
  closed: true,
  eulerCharacteristic: 0,
  genus: null,
  mass: 0.5,
  dataShare: 0.5,
};
const topology: NonNullable<RunMetrics['topology']> = {
  components: 2,
  closed: true,
  closedLoops: 2,
  eulerCharacteristic: 0,
  volume: 12.6,
  crosses: true,
  asExpected: true,
  pieces: [piece, piece],
};
const healthy: Omit<RunMetrics, 'warnings'> = {
  manifold: { rank: 0 },
  density: {},
  topology,
  rank: { min: 0.4, onePercent: 0.6, median: 1, max: 1.5, at: [1, 0] },
  distance: { min: 0, median: 0.002, mean: 0.003, max: 0.03 },
  distanceFailed: 0,
  coveringFailed: 0.2,
  wasserstein: null,
  logPartition: { byMesh: 2.3, meshError: 1e-4, byCoarea: 2.25, coareaStandardError: 0.03, agree: true },
  meanLogDensity: -2,
  meanLogDensityError: 0.1,
  farShare: 0,
  projectionFailed: 0,
  farDistance: 0.04,
  heldOut: null,
};

const warningsOf = (change: Partial<Omit<RunMetrics, 'warnings'>>): string[] =>
  metricWarnings({ ...healthy, ...change }, config, points);

describe('metricWarnings', () => {
  it('has nothing to say of a healthy run', () => {
    expect(warningsOf({})).toEqual([]);
  });

  it.each<[string, Partial<Omit<RunMetrics, 'warnings'>>, string, string]>([
    [
      'no zero',
      { topology: { ...topology, crosses: false } },
      'does not change sign',
      'manifold.negativeWeight',
    ],
    [
      'a component missing',
      {
        topology: {
          ...topology,
          components: 1,
          asExpected: false,
          pieces: [{ ...piece, mass: 1, dataShare: 1 }],
        },
      },
      'expected topology (1 component, closed)',
      'manifold.epochs',
    ],
    [
      'an open manifold',
      { topology: { ...topology, asExpected: null, closed: false } },
      'open at the box',
      'evaluation.meshBox',
    ],
    [
      'zeros without data',
      {
        topology: {
          ...topology,
          pieces: [
            { ...piece, mass: 0.9, dataShare: 1 },
            { ...piece, mass: 0.1, dataShare: 0 },
          ],
        },
      },
      '1 of 2 pieces of the learned manifold has no data near',
      'manifold.negativeWeight',
    ],
    [
      'mass on the wrong piece',
      {
        topology: {
          ...topology,
          pieces: [
            { ...piece, mass: 0.9 },
            { ...piece, mass: 0.1 },
          ],
        },
      },
      '90 % of its mass, but 50 %',
      'density.freshNoise=data',
    ],
    ['flat data', { manifold: { rank: 0.3 } }, 'collapsed', 'manifold.rankWeight'],
    ['flat all over', { rank: { ...healthy.rank, median: 0.01 } }, 'collapsed', 'manifold.rankWeight'],
    [
      'a flat place',
      { rank: { ...healthy.rank, min: 0.01, onePercent: 0.05 } },
      '0.010, at (1.00, 0.00)',
      'rankWeight',
    ],
    [
      'a manifold elsewhere',
      { distance: { ...healthy.distance, mean: 0.5 } },
      '50 % of their spread',
      'manifold.epochs',
    ],
    ['far data', { farShare: 0.2 }, '20 % of the data are farther', 'manifold.epochs'],
    ['no distances', { distanceFailed: 0.1 }, '10 % of the data; they are left out', ''],
    [
      'no projections',
      { projectionFailed: 0.1 },
      '10 % of the data could not be brought',
      'manifold.rankWeight',
    ],
    ['no covering', { coveringFailed: 0.8 }, '80 % of the points projected', 'density.freshNoise=data'],
    [
      'two values of log Z',
      { logPartition: { ...healthy.logPartition, agree: false } },
      'are at odds',
      'evaluation.meshResolution',
    ],
  ])('tells of %s, with the setting to change', (_, change, what, knob) => {
    const [warning, ...others] = warningsOf(change);
    expect(others).toEqual([]);
    expect(warning).toContain(what);
    expect(warning).toContain(knob);
  });

  it('says what it can of an evaluation that failed', () => {
    const partial: Omit<PartialMetrics, 'warnings'> = { manifold: { rank: 0.9 } };
    expect(metricWarnings(partial, config, points).join()).toContain('collapsed');
  });

  it('names only settings that exist', () => {
    const known = JSON.stringify(config);
    const all = [
      ...warningsOf({
        topology: { ...topology, crosses: false, asExpected: false },
        farShare: 1,
        projectionFailed: 1,
      }),
      ...warningsOf({ coveringFailed: 1, rank: { ...healthy.rank, onePercent: 0 } }),
    ].join(' ');
    const named = [...all.matchAll(/\b(?:manifold|density|evaluation)\.([a-zA-Z]+)/g)].map(
      ([, name]) => name,
    );
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(known, name).toContain(`"${name}"`);
  });
});
