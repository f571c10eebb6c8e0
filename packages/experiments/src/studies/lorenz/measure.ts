import { firstRows, type Points, type SimulatedDataset } from '@ebim/datasets';
import { outOfDistributionAuc, type OutOfDistributionAuc } from '@ebim/metrics';
import type { Key } from '@ebim/runtime';
import type { HostFlow } from '../../flow/host-flow.js';
import { nearestDistances } from './nearest-distances.js';

/** What is measured of a trained M-flow. Coordinates are the normalised ones. */
export interface LorenzMetrics {
  /** Mean distance of points to their projections. */
  readonly reconstruction: { readonly test: number; readonly noisy: number };
  /** Of the test points with |x0| > {@link WING}: how many there are, and the share that stays on its side of x0 = 0. */
  readonly wings: { readonly points: number; readonly kept: number };
  /** Share of the test points whose log density is below {@link DROPPED} or no number. */
  readonly dropped: number;
  /** Mean over the test points whose log density is a number. */
  readonly meanLogDensity: number;
  readonly auc: OutOfDistributionAuc;
  /**
   * Distances to the nearest training point: mean, and share beyond {@link FAR}, of draws of the model and of as many
   * test points. Where the model fills the space between the wings its draws are far from all data.
   */
  readonly nearest: { readonly samples: NearestData; readonly test: NearestData };
}

/** How far points are from the data. */
export interface NearestData {
  readonly mean: number;
  readonly far: number;
}

/** |x0| from which on a point is on one of the wings, whose middles are at about 1.1. */
export const WING = 0.5;
/** Log densities below which the paper's figure leaves points out. */
export const DROPPED = -15;
/** Distance to all data from which on a draw counts as none of the attractor. */
export const FAR = 0.1;
/** Draws whose nearest training point is sought, among at most {@link REFERENCE}. */
const DRAWS = 2000;
const REFERENCE = 20_000;

/** Measures one trained model. */
export async function measureLorenz(
  flow: HostFlow,
  data: SimulatedDataset,
  key: Key,
): Promise<LorenzMetrics> {
  const { points: test } = data.test;
  const noisy = data.outOfDistribution;
  const errors = {
    inside: await flow.reconstructionError(test),
    outside: await flow.reconstructionError(noisy),
  };
  const logDensity = { inside: await flow.logDensity(test), outside: await flow.logDensity(noisy) };
  const numbers = logDensity.inside.filter(Number.isFinite);
  const reference = firstRows(data.train.points, REFERENCE);
  return {
    reconstruction: { test: mean(errors.inside), noisy: mean(errors.outside) },
    wings: wingsKept(test, await flow.project(test)),
    dropped: test.rows === 0 ? 0 : 1 - logDensity.inside.filter(isShown).length / test.rows,
    meanLogDensity: mean(numbers),
    auc: outOfDistributionAuc({
      logDensity: { inside: orLowest(logDensity.inside), outside: orLowest(logDensity.outside) },
      reconstructionError: errors,
    }),
    nearest: {
      samples: nearestData(await flow.sample(key, Math.min(DRAWS, test.rows)), reference),
      test: nearestData(firstRows(test, DRAWS), reference),
    },
  };
}

/** Whether the paper's figure shows a point of this log density. */
export const isShown = (logDensity: number): boolean => logDensity >= DROPPED && logDensity < Infinity;

/** How many points are on a wing, and the share of them whose projections are on the same one. */
export function wingsKept(points: Points, projections: Points): LorenzMetrics['wings'] {
  const onWing = Array.from({ length: points.rows }, (_, i) => i).filter(
    (i) => Math.abs(points.data[3 * i]) > WING,
  );
  const kept = onWing.filter((i) => points.data[3 * i] * projections.data[3 * i] > 0);
  return { points: onWing.length, kept: kept.length / onWing.length };
}

function nearestData(points: Points, reference: Points): NearestData {
  const distances = nearestDistances(points, reference);
  return { mean: mean(distances), far: distances.filter((d) => !(d <= FAR)).length / distances.length };
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** A log density that is no number is the least there is. */
const orLowest = (values: Float64Array): Float64Array =>
  values.map((value) => (Number.isFinite(value) ? value : -Infinity));
