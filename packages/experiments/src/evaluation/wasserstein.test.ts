import { fromRows, type Points } from '@ebim/datasets';
import { key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import type { EbimConfig } from '../config/schema.js';
import type { ExperimentData } from '../definitions/experiment.js';
import { vonMises } from '../definitions/von-mises.js';
import { evenRows, pointsSetting, publishedScore, scoreDensity, wassersteinSetting } from './wasserstein.js';

const config: EbimConfig = vonMises.config('reference', false);
const { load } = vonMises;

/** Points at equal angles and an unnormalised von Mises density on them. */
const covering = (kappa: number, count = 3000) => {
  const angles = Array.from({ length: count }, (_, i) => (2 * Math.PI * (i + 0.5)) / count);
  return {
    points: fromRows(angles.map((t) => [Math.cos(t), Math.sin(t)])),
    density: Float64Array.from(angles, (t) => Math.exp(kappa * Math.cos(t))),
  };
};

const setting = async (data?: ExperimentData) =>
  wassersteinSetting(config, data ?? (await load(config, key(0), {})));

const firsts = ({ data, rows, columns }: Points): number[] =>
  Array.from({ length: rows }, (_, i) => data[i * columns]);

describe('Wasserstein scores on the true circle', () => {
  it.each([
    // Spec 5.4, one seed each: so much of the published protocol, so much of W1 over the largest distance.
    { kappa: 2, published: [0, 0.0003], w1: [0, 0.008] },
    { kappa: 0, published: [0.058, 0.071], w1: [0.17, 0.21] },
    { kappa: 1, published: [0.0095, 0.014], w1: [0.06, 0.08] },
    { kappa: 4, published: [0.0062, 0.0095], w1: [0.05, 0.065] },
  ])('are the anchors for concentration $kappa', async ({ kappa, published, w1 }) => {
    const place = await setting();
    if (place === null) throw new Error('no setting');
    const scores = scoreDensity(place, covering(kappa), null);
    expect(scores.published).toBe(publishedScore(place, covering(kappa)));
    expect(scores.published).toBeGreaterThanOrEqual(published[0]);
    expect(scores.published).toBeLessThan(published[1]);
    expect(scores.w1Relative).toBeGreaterThanOrEqual(w1[0]);
    expect(scores.w1Relative).toBeLessThan(w1[1]);
    expect(scores.w1ByArea).toBeNull();
  });

  it('do not depend on the constant of the density', async () => {
    const place = await setting();
    if (place === null) throw new Error('no setting');
    const { points, density } = covering(1);
    const scaled = publishedScore(place, { points, density: density.map((p) => 1e6 * p) });
    expect(scaled).toBeCloseTo(publishedScore(place, { points, density }), 9);
  });
});

describe('wassersteinSetting', () => {
  const rows = fromRows(Array.from({ length: 700 }, (_, i) => [i, 0, 0]));

  it('compares with rows from all over the data where no density is known', async () => {
    const place = await setting({ points: rows, groundTruth: null });
    expect(place?.anchor).toBe('centre');
    expect(place?.reference.kind).toBe('points');
    expect(place?.reference.points.rows).toBe(config.evaluation.referencePoints);
  });

  it('moves points to the centres of their cells where that is asked for, as the text of the paper has it', () => {
    const box = { lower: [0, 0], upper: [4, 4] };
    const evaluation = { ...config.evaluation, box, ticks: 5, reference: 'cells' as const };
    const points = fromRows([
      [0.1, 3.9],
      [1, 2.2],
      [-7, 9],
    ]);
    const place = pointsSetting({ ...config, evaluation }, points);
    expect(place?.reference.points.data).toEqual(Float64Array.of(0.5, 3.5, 1.5, 2.5, 0.5, 3.5));
    const kept = pointsSetting({ ...config, evaluation: { ...evaluation, reference: 'points' } }, points);
    expect(kept?.reference.points).toBe(points);
  });

  it('is null in one and in four dimensions', async () => {
    expect(await setting({ points: fromRows([[1], [2]]), groundTruth: null })).toBeNull();
    expect(await setting({ points: fromRows([[1, 2, 3, 4]]), groundTruth: null })).toBeNull();
  });

  it('takes even rows, each once', () => {
    expect(firsts(evenRows(rows, 7))).toEqual([0, 100, 200, 300, 400, 500, 600]);
    expect(new Set(firsts(evenRows(rows, 699))).size).toBe(699);
    expect(evenRows(rows, 700)).toBe(rows);
    expect(evenRows(rows, 10_000)).toBe(rows);
  });
});
