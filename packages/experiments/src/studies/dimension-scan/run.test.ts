import { mapRows, pointsOf, type Simulator } from '@ebim/datasets';
import { FLOW_PRESETS } from '@ebim/flows';
import { normalArray, useBackend } from '@ebim/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunFolder, exists } from '../../run/run-folder.js';
import { workplace, type Workplace } from '../../test-support/tiny-run.js';
import { runStudy } from '../run-study.js';
import type { StudyContext } from '../study.js';
import { dimensionScan } from './dimension-scan.js';
import { dimensionScanOf } from './run.js';
import { errorOfMean } from './scan.js';
import { scanSets, type ScanSet } from './sets.js';
import { dimensionTable, errorTable, findings, type ScannedSet } from './tables.js';

let place: Workplace;
beforeAll(async () => {
  await useBackend('wasm');
  place = await workplace();
});
afterAll(() => place.remove());

/** A line through the origin of R^3, oblique to the axes. */
const line: Simulator = {
  name: 'line',
  ambientDimension: 3,
  manifoldDimension: 1,
  prior: null,
  sample: (key, count) =>
    mapRows(pointsOf(normalArray(key, count), 1), 3, ([t], out) => out.set([t, 0.7 * t, -0.5 * t])),
  sampleOutOfDistribution: (key, count) => pointsOf(normalArray(key, 3 * count), 3),
};
const { architecture, training } = FLOW_PRESETS.polynomialSurface.fast;
const set: ScanSet = {
  name: 'line',
  title: 'line',
  simulator: line,
  dimensions: [1, 2],
  preset: {
    architecture: {
      ...architecture,
      linear: 'lu',
      layers: { outer: 2, inner: 0, ambient: 1 },
      hidden: 16,
      blocks: 1,
      bins: 4,
    },
    training: { ...training, points: 2000, epochs: 12, learningRate: 5e-3 },
  },
  trials: { starts: 1, points: 200, epochs: 1 },
};
const study = {
  ...dimensionScan,
  members: ['line'],
  run: (context: StudyContext) => dimensionScanOf(context, [set]),
};
const plan = { name: 'dimension-scan', profile: 'reference', fast: false, seeds: [0] } as const;

interface Numbers {
  readonly sets: readonly {
    readonly chosen: number;
    readonly estimates: { readonly dimension: number | null };
    readonly errors: readonly { readonly dimension: number; readonly error: number }[];
  }[];
}

describe('the scan of dimensions', () => {
  it('finds the dimension of a line, and so do the distances of its points', async () => {
    const folder = await createRunFolder(place.path('scan'));
    const { result } = await runStudy(study, plan, folder);
    const [{ chosen, estimates, errors }] = (result?.numbers as Numbers).sets;
    expect(errors.map(({ dimension }) => dimension)).toEqual([0, 1, 2]);
    // E |t| |(1, 0.7, -0.5)|
    expect(errors[0].error).toBeCloseTo(Math.sqrt(2 / Math.PI) * Math.hypot(1, 0.7, 0.5), 1);
    expect(errors[1].error).toBeLessThan(0.2 * errors[0].error);
    expect([chosen, estimates.dimension]).toEqual([1, 1]);
    expect(await exists(folder.file('figures/scan.png'))).toBe(true);
    expect(result?.warnings).toEqual([]);
  });

  it('has members of the names of its sets, and tries the true dimension of each', () => {
    for (const fast of [true, false]) {
      const sets = scanSets(fast);
      expect(sets.map(({ name }) => name)).toEqual(dimensionScan.members);
      for (const { dimensions, simulator } of sets) expect(dimensions).toContain(simulator.manifoldDimension);
    }
  });
});

describe('errorOfMean', () => {
  it('is the distance to the mean of the training points', () => {
    const train = pointsOf(Float64Array.of(0, 0, 2, 4), 2);
    const heldOut = pointsOf(Float64Array.of(1, 2, 4, 6), 2);
    expect(errorOfMean({ train, heldOut })).toBeCloseTo(2.5, 12);
  });
});

describe('the tables of the scan', () => {
  const scanned = (chosen: number | null, dimensions = [1, 2]): ScannedSet => ({
    set: { ...set, dimensions },
    errors: [
      { dimension: 0, error: 1 },
      { dimension: 1, error: 0.01 },
    ],
    chosen,
    estimates: { dimension: null, twoNearestNeighbours: 1.1, maximumLikelihood: 1.2 },
  });

  it('mark what is true and what was chosen, and say where they differ', () => {
    expect(errorTable([scanned(1)]).rows[1]).toEqual(['line', '1', '0.0100', '0.0100', 'true, chosen']);
    expect(dimensionTable([scanned(null)]).rows[0]).toEqual([
      'line',
      '3',
      '1',
      'none',
      'unclear',
      '1.10',
      '1.20',
    ]);
    expect(findings([scanned(1)])).toEqual([]);
    expect(findings([scanned(2)])).toEqual([expect.stringContaining('n = 2')]);
    expect(findings([scanned(null)])).toEqual([expect.stringContaining('no n')]);
    expect(findings([scanned(1, [1])])).toEqual([expect.stringContaining('largest n')]);
  });
});
