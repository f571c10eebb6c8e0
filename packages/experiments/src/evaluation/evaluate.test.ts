import { fromRows, type Points } from '@ebim/datasets';
import { key, normalArray, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EbimConfig } from '../config/schema.js';
import type { ExpectedTopology, ExperimentData } from '../definitions/experiment.js';
import { floods } from '../definitions/floods.js';
import { vonMises } from '../definitions/von-mises.js';
import { knownModel, withKnownNetworks } from '../test-support/known-models.js';
import { evaluate, type Evaluation } from './evaluate.js';
import { IncompleteEvaluationError } from './incomplete.js';

const I0_OF_2 = 2.2795853023360673;
const I1_OF_2 = 1.5906368546373291;

type Model = Parameters<typeof knownModel>[1];

/** Evaluates a known model as if a run had ended with it. */
async function evaluateKnown(
  config: EbimConfig,
  data: ExperimentData,
  topology: ExpectedTopology | null,
  options: Model = {},
  manifoldStats: Record<string, number> = { rank: 0 },
): Promise<Evaluation> {
  const model = knownModel(config, options);
  const manifoldBuffer = tf.tidy(() => tf.tile(tf.tensor2d([config.bounds.upper]), [10, 1]));
  try {
    return await evaluate(
      { config, model, manifoldBuffer, data, topology, manifoldStats, densityStats: { positive: 0 } },
      key(7),
    );
  } finally {
    model.dispose();
    manifoldBuffer.dispose();
  }
}

const plane = withKnownNetworks(vonMises.config('corrected', false));

beforeAll(async () => {
  await useBackend('wasm');
});

describe('evaluate, of the true circle and its von Mises density', () => {
  installLeakGuard();
  let evaluation: Evaluation;
  beforeAll(async () => {
    const data = await vonMises.load(plane, key(1), {});
    evaluation = await evaluateKnown(plane, data, vonMises.topology);
  });

  it('finds one closed loop of length 2 pi and has nothing to warn of', () => {
    expect(evaluation.metrics.topology).toMatchObject({
      components: 1,
      closed: true,
      closedLoops: 1,
      crosses: true,
      asExpected: true,
    });
    expect(evaluation.metrics.topology?.volume).toBeCloseTo(2 * Math.PI, 2);
    expect(evaluation.metrics.warnings).toEqual([]);
  });

  it('finds log Z = log(2 pi I0(kappa)), by mesh and by co-area', () => {
    const exact = Math.log(2 * Math.PI * I0_OF_2);
    const { byMesh, meshError, byCoarea, coareaStandardError, agree } = evaluation.metrics.logPartition;
    // F of the test is the circle to a fraction of a thousandth only.
    expect(byMesh).toBeCloseTo(exact, 3);
    expect(meshError).toBeGreaterThan(0);
    expect(meshError).toBeLessThan(1e-3);
    expect(agree).toBe(true);
    expect(evaluation.logZ).toBe(byMesh);
    expect(evaluation.pictureLogZ).toBe(byMesh);
    expect(Math.abs(byCoarea - exact)).toBeLessThan(4 * coareaStandardError + 1e-3);
    expect(coareaStandardError).toBeLessThan(0.05);
  });

  it('scores the exact and the uniform density as the anchors of the spec say', () => {
    const scores = evaluation.metrics.wasserstein;
    // Spec 5.4: 0.00004 and 0.0645, each for one seed.
    expect(scores?.published).toBeLessThan(0.0003);
    expect(scores?.published).toBe(scores?.atOne.published);
    expect(scores?.uniform).toBeGreaterThan(0.055);
    expect(scores?.uniform).toBeLessThan(0.075);
    expect(scores?.atOne.w1Relative).toBeLessThan(0.01);
    // The floor is the width of a cell, 0.026; the reference's own points are 0.0126 apart.
    expect(scores?.atOne.w1ByArea).toBeLessThan(0.03);
    expect(scores?.atOne.publishedByArea).toBeLessThan(0.0003);
    expect(scores?.atOne.w1ByAreaRelative).toBeCloseTo((scores?.atOne.w1ByArea ?? 0) / 3.64, 3);
  });

  it('measures the data on the manifold, and their mean log density as that of the von Mises law', () => {
    const { distance, distanceFailed, projectionFailed, meanLogDensity } = evaluation.metrics;
    expect(distance.max).toBeLessThan(1e-3);
    expect(distanceFailed).toBe(0);
    expect(projectionFailed).toBe(0);
    const expected = 2 * (I1_OF_2 / I0_OF_2) - Math.log(2 * Math.PI * I0_OF_2);
    // Standard error of 1000 cosines times kappa.
    expect(Math.abs(meanLogDensity - expected)).toBeLessThan(4 * 2 * 0.4 * Math.sqrt(1 / 1000));
  });

  it('finds the slope 1 of F everywhere, all mass and all data on the one piece', () => {
    const { rank, topology, heldOut, farShare, farDistance } = evaluation.metrics;
    for (const value of [rank.min, rank.onePercent, rank.median, rank.max]) expect(value).toBeCloseTo(1, 3);
    expect(Math.hypot(...rank.at)).toBeCloseTo(1, 3);
    expect(topology?.pieces).toHaveLength(1);
    expect(topology?.pieces[0]).toMatchObject({ closed: true, genus: null, mass: 1, dataShare: 1 });
    expect([heldOut, farShare]).toEqual([null, 0]);
    expect(farDistance).toBeCloseTo(0.02 * 2, 3);
  });

  it('covers the whole manifold', () => {
    const { points, energy } = evaluation.covering;
    expect(points.rows).toBe(3000);
    const sides = new Set<number>();
    energy.forEach((e, i) => {
      const [x, y] = points.data.subarray(2 * i, 2 * i + 2);
      expect(Math.abs(Math.hypot(x, y) - 1)).toBeLessThan(2e-3);
      expect(e).toBeCloseTo(-2 * x, 4);
      sides.add(Math.floor((8 * (Math.atan2(y, x) + Math.PI)) / Math.PI));
    });
    expect(sides.size).toBeGreaterThanOrEqual(16);
  });
});

describe('evaluate, of the true sphere', () => {
  installLeakGuard();

  it('finds Euler characteristic 2, area 4 pi and log Z = log(4 pi sinh(kappa) / kappa)', async () => {
    const config = withKnownNetworks(floods.config('corrected', true));
    const settings = {
      ...config,
      evaluation: { ...config.evaluation, points: 1500, meshResolution: 40, distancePoints: 50, ticks: 12 },
    };
    const data = { points: spherePoints(300), groundTruth: null };
    const { metrics } = await evaluateKnown(settings, data, floods.topology);
    expect(metrics.topology).toMatchObject({ components: 1, eulerCharacteristic: 2, asExpected: true });
    expect(metrics.topology?.pieces[0].genus).toBe(0);
    expect(Math.abs((metrics.topology?.volume ?? 0) / (4 * Math.PI) - 1)).toBeLessThan(0.01);
    const exact = Math.log((4 * Math.PI * Math.sinh(2)) / 2);
    const { byMesh, meshError } = metrics.logPartition;
    expect(Math.abs((byMesh ?? 0) - exact)).toBeLessThan(1e-3);
    expect(meshError).toBeLessThan(0.01);
    expect(metrics.warnings).toEqual([]);
  });
});

describe('evaluate, where something is wrong', () => {
  installLeakGuard();
  const quick: EbimConfig = {
    ...plane,
    evaluation: { ...plane.evaluation, points: 300, meshResolution: 40, distancePoints: 40 },
  };
  const circle = (radius: number, center = 0): ExperimentData => ({
    points: fromRows(
      Array.from({ length: 60 }, (_, i) => [
        center + radius * Math.cos((2 * Math.PI * i) / 60),
        radius * Math.sin((2 * Math.PI * i) / 60),
      ]),
    ),
    groundTruth: null,
  });

  it('ends in a typed error when F has no zero, with what it could measure', async () => {
    const error = await failureOf(
      evaluateKnown(quick, circle(1), vonMises.topology, { shift: 0.7 }, { rank: 0 }),
    );
    expect(error.code).toBe('empty-manifold');
    const { metrics } = error;
    expect(metrics.topology).toMatchObject({ crosses: false, asExpected: false });
    expect(metrics.rank?.median).toBeCloseTo(1, 2);
    expect(metrics).toMatchObject({ manifold: { rank: 0 } });
    for (const missing of ['distance', 'wasserstein', 'logPartition', 'meanLogDensity'])
      expect(metrics).not.toHaveProperty(missing);
    expect(metrics.warnings[0]).toContain('Not everything could be measured');
    expect(metrics.warnings.join()).toContain('does not change sign');
  });

  it.each(['corrected', 'reference'] as const)(
    'ends in a typed error when F is zero everywhere, %s profile',
    async (profile) => {
      const config = withKnownNetworks(vonMises.config(profile, false));
      const settings = { ...config, evaluation: quick.evaluation };
      const error = await failureOf(evaluateKnown(settings, circle(1), vonMises.topology, { flat: true }));
      expect(error.code).toBe('empty-manifold');
      // Every point counts as on a manifold that is everywhere: no number may stand without the warning.
      expect(error.metrics.rank?.max).toBe(0);
      expect(error.metrics.warnings.join()).toContain('may have collapsed');
    },
  );

  it('passes on faults of the program as they are', async () => {
    const data = { ...circle(1), points: fromRows([[1, 0, 0]]) };
    await expect(evaluateKnown(quick, data, null)).rejects.not.toBeInstanceOf(IncompleteEvaluationError);
  });

  it('scores held-out points, and counts those far away', async () => {
    const test = fromRows([
      [1, 0],
      [1.2, 0],
      [0, 1],
      [0, -1],
    ]);
    const data = { ...circle(1), heldOut: { validation: null, test } };
    const { metrics } = await evaluateKnown(quick, data, null);
    expect(metrics.heldOut?.validation).toBeNull();
    expect(metrics.heldOut?.test).toMatchObject({ points: 4, farShare: 0.25, projectionFailed: 0 });
    expect(metrics.heldOut?.test?.meanLogDensity).toBeCloseTo(1 - Math.log(2 * Math.PI * I0_OF_2), 2);
    // Half of the mass of the test points has x = 0 or so, that of the density is about x = 1.
    expect(metrics.heldOut?.test?.wasserstein?.w1).toBeGreaterThan(0.2);
    expect(metrics.heldOut?.test?.wasserstein?.w1).not.toBe(metrics.wasserstein?.atOne.w1);
  });

  it('says that log Z is not to be had from so coarse a mesh', async () => {
    const config = { ...quick, evaluation: { ...quick.evaluation, meshResolution: 8 } };
    const { metrics } = await evaluateKnown(config, circle(1), null, { concentration: 60 });
    expect(metrics.logPartition.agree).toBe(false);
    expect(metrics.warnings.join()).toContain('at odds');
  });

  it('colours pictures by the partition function of the covering points where that is asked for', async () => {
    const config: EbimConfig = { ...quick, evaluation: { ...quick.evaluation, partition: 'covering' } };
    const { logZ, pictureLogZ, metrics } = await evaluateKnown(config, circle(1), null);
    expect(logZ).toBe(metrics.logPartition.byMesh);
    expect(pictureLogZ).not.toBe(logZ);
    expect(Math.abs(pictureLogZ - logZ)).toBeLessThan(0.3);
  });

  it('cuts at another level where that is asked for', async () => {
    const config = { ...quick, evaluation: { ...quick.evaluation, meshLevel: 0.3 } };
    const { metrics } = await evaluateKnown(config, circle(1), null);
    // (r^2 - 1) / 2 = 0.3
    expect(metrics.topology?.volume).toBeCloseTo(2 * Math.PI * Math.sqrt(1.6), 1);
  });

  it('says that the data lie elsewhere', async () => {
    const { metrics } = await evaluateKnown(quick, circle(0.5), null);
    expect(metrics.distance.mean).toBeCloseTo(0.5, 2);
    expect(metrics.warnings).toHaveLength(1);
    expect(metrics.warnings[0]).toContain('not where the data are: on average 100 % of their spread');
  });

  it('says that the manifold leaves the box, and that its topology is wrong', async () => {
    const box = { lower: [-0.9, -1.5], upper: [1.5, 1.5] };
    const config = { ...quick, bounds: box, evaluation: { ...quick.evaluation, meshBox: box } };
    const open = await evaluateKnown(config, circle(1), null);
    expect(open.metrics.topology).toMatchObject({ closed: false, closedLoops: 0, asExpected: null });
    expect(open.metrics.warnings.join()).toContain('open at the box');
    const wrong = await evaluateKnown(config, circle(1), vonMises.topology);
    expect(wrong.metrics.topology?.asExpected).toBe(false);
    expect(wrong.metrics.warnings.join()).toContain('not have the expected topology');
  });

  it('never takes a level near zero for the manifold', async () => {
    // The box of the mesh holds the outside of the circle only: there F is positive, but small near the corner.
    const meshBox = { lower: [0.72, 0.72], upper: [1.5, 1.5] };
    const config = { ...quick, evaluation: { ...quick.evaluation, meshBox } };
    const { metrics, logZ } = await evaluateKnown(config, circle(1), vonMises.topology);
    expect(metrics.topology).toMatchObject({ crosses: false, asExpected: false });
    expect(metrics.logPartition.byMesh).toBeNull();
    expect(metrics.wasserstein?.atOne.w1ByArea).toBeNull();
    expect(logZ).toBe(metrics.logPartition.byCoarea);
    expect(metrics.warnings.join()).toContain('does not change sign');
  });

  it('says that F is flat on the data', async () => {
    const { metrics } = await evaluateKnown(quick, circle(1), null, {}, { rank: 0.3 });
    expect(metrics.warnings.join()).toContain('may have collapsed');
  });
});

/** What an evaluation that cannot be completed rejects with. */
async function failureOf(work: Promise<Evaluation>): Promise<IncompleteEvaluationError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(IncompleteEvaluationError);
  return error as IncompleteEvaluationError;
}

/** Normal noise on the unit sphere. */
function spherePoints(rows: number): Points {
  const data = Float64Array.from(normalArray(key(3), 3 * rows));
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(3 * i, 3 * i + 3);
    const length = Math.hypot(...row);
    row.forEach((value, d) => (row[d] = value / length));
  }
  return { data, rows, columns: 3 };
}
