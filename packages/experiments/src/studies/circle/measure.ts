import { sphereGaussian, type Points, type SimulatedDataset } from '@ebim/datasets';
import { outOfDistributionAuc, type OutOfDistributionAuc } from '@ebim/metrics';
import { split, type Key } from '@ebim/runtime';
import type { HostFlow } from '../../flow/host-flow.js';
import { spreadOf } from '../format.js';
import type { PublishedSamples, CircleRow } from './rows.js';

/** What is measured of a trained model. */
export interface CircleMetrics {
  readonly samples: PublishedSamples;
  /** Of draws with coordinates off the manifold too: of PIE. */
  readonly fullSamples: PublishedSamples | null;
  /** Mean distance of test points to their projections. `null` without a manifold. */
  readonly reconstruction: number | null;
  readonly auc: OutOfDistributionAuc;
  /** Mean log density of the test points, where the model has a density of points. */
  readonly meanLogDensity: number | null;
  /** Test and other points whose log density was no number. */
  readonly failures: number;
}

/** The data: angle N(pi / 2, (pi / 4)²), radius 1 + N(0, 0.01²). */
export const CIRCLE = sphereGaussian();
/** Samples that are measured. */
const SAMPLES = 1000;
const LEAST_LOG_DENSITY = -100;
const LARGEST_DISTANCE = 1;

const mean = (values: Float64Array): number => spreadOf([...values]).mean;

/** Samples as the notebook judges them; one that is no point counts as the worst. */
export const measureSamples = (points: Points): PublishedSamples => ({
  logDensity: mean(
    CIRCLE.logDensity(points).map((value) => (value > LEAST_LOG_DENSITY ? value : LEAST_LOG_DENSITY)),
  ),
  distance: mean(
    CIRCLE.distance(points).map((value) => (value < LARGEST_DISTANCE ? value : LARGEST_DISTANCE)),
  ),
});

/** The numbers of the true density: the anchors of the tables. */
export function measureTruth({ test, outOfDistribution }: SimulatedDataset, key: Key): CircleMetrics {
  const inside = CIRCLE.logDensity(test.points);
  const errors = CIRCLE.distance(test.points);
  return {
    samples: measureSamples(CIRCLE.sample(key, SAMPLES)),
    fullSamples: null,
    reconstruction: mean(errors),
    auc: outOfDistributionAuc({
      logDensity: { inside, outside: CIRCLE.logDensity(outOfDistribution) },
      reconstructionError: { inside: errors, outside: CIRCLE.distance(outOfDistribution) },
    }),
    meanLogDensity: mean(inside),
    failures: 0,
  };
}

/** Measures one trained model. */
export async function measureCircle(
  { model }: CircleRow,
  flow: HostFlow,
  { test, outOfDistribution }: SimulatedDataset,
  key: Key,
): Promise<CircleMetrics> {
  const [manifoldKey, fullKey] = split(key);
  const hasManifold = model !== 'ambientFlow';
  const hasDensity = model !== 'probabilisticAutoencoder';
  // Codes have a density without the model having one of points: the AUC uses it, as the reference did.
  const mode = hasDensity ? 'exact' : 'fixedManifold';
  const density = async (points: Points) => {
    const values = await flow.logDensity(points, { mode });
    return {
      values: values.map((value) => (Number.isFinite(value) ? value : -Infinity)),
      fine: values.filter(Number.isFinite),
    };
  };
  const [inside, outside] = [await density(test.points), await density(outOfDistribution)];
  const errors = hasManifold
    ? {
        inside: await flow.reconstructionError(test.points),
        outside: await flow.reconstructionError(outOfDistribution),
      }
    : null;
  return {
    samples: measureSamples(await flow.sample(manifoldKey, SAMPLES)),
    fullSamples:
      model === 'pie' ? measureSamples(await flow.sample(fullKey, SAMPLES, { mode: 'full' })) : null,
    reconstruction: errors === null ? null : mean(errors.inside),
    auc: outOfDistributionAuc({
      logDensity: { inside: inside.values, outside: outside.values },
      ...(errors === null ? {} : { reconstructionError: errors }),
    }),
    meanLogDensity: hasDensity ? mean(inside.fine) : null,
    failures: test.points.rows + outOfDistribution.rows - inside.fine.length - outside.fine.length,
  };
}
