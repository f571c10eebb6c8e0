import { firstRows, polynomialSurface, row, type Points, type SimulatedDataset } from '@ebim/datasets';
import type { FlowModel } from '@ebim/flows';
import {
  effectiveSampleSize,
  maximumMeanDiscrepancy,
  outOfDistributionAuc,
  type OutOfDistributionAuc,
} from '@ebim/metrics';
import { foldIn, split, type Key, type TensorTree } from '@ebim/runtime';
import { flowLikelihoods } from '../../flow/flow-posterior.js';
import type { HostFlow } from '../../flow/host-flow.js';
import type { SurfaceRow } from './rows.js';
import { PRIOR, surfaceChains, TRUE_THETA, type TrueInference } from './truth.js';

/** What is measured of a trained model (flow spec 5.1, items 1 to 4). */
export interface SurfaceMetrics {
  readonly distance: {
    /** Mean height of samples over the surface, at most 10 each: what the paper calls distance. At theta = 0. */
    readonly published: number;
    /** The same with theta drawn from the prior. */
    readonly atPrior: number;
    /** Mean Euclidean distance of the samples at theta = 0 to the surface, at most 10 each. */
    readonly euclidean: number;
    /** The published distance of draws with coordinates off the manifold too, for models that have a density there. */
    readonly wholeSpace: number | null;
  };
  readonly reconstruction: {
    /** Mean distance of test points to their projections, at most 10 each, at their theta. `null` without manifold. */
    readonly mean: number | null;
    /** The same, of all test points and not only of the first {@link TEST_POINTS}: a few far away make much of a mean. */
    readonly allPoints: number | null;
    /** The same as `mean`, of the test points in the box of the splines: outside of it a flow is the identity in a coordinate. */
    readonly inBox: number | null;
    /** The same as `mean` at theta = -1, as the reference measured: different only where the manifold depends on theta. */
    readonly atLeastTheta: number | null;
  };
  /** `null` where the model has no density of points. */
  readonly inference: {
    /** MMD² to the true posterior, one value an observed set. */
    readonly mmd: readonly number[];
    /** Mean of theta under the model's posterior and under the true one, for each set. */
    readonly means: readonly (readonly [number, number])[];
    readonly acceptanceRate: readonly number[];
    readonly effectiveSamples: readonly number[];
  } | null;
  readonly auc: OutOfDistributionAuc;
  /** Mean log density of the test points; `null` where the model has no density of points. */
  readonly meanLogDensity: number | null;
  /** Points of which a log density was no number, of those whose density was asked for. */
  readonly failures: number;
}

const TEST_POINTS = 1000;
const LIMIT = 10;
const surface = polynomialSurface();

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
/** At most {@link LIMIT}; values that are no numbers count as that. */
const capped = (values: ArrayLike<number>): number =>
  mean(Array.from(values, (value) => (Math.abs(value) < LIMIT ? Math.abs(value) : LIMIT)));

/** Measures one trained model, whose splines have a box of `bound`, by generated points. */
export async function measureSurface<P extends TensorTree>(
  { model: name }: SurfaceRow,
  { bound, samples: count }: { readonly bound: number; readonly samples: number },
  model: FlowModel<P>,
  params: P,
  flow: HostFlow,
  data: SimulatedDataset,
  truth: TrueInference,
  key: Key,
): Promise<SurfaceMetrics> {
  const [sampleKey, thetaKey, priorKey, chainKey, spaceKey] = split(key, 5);
  const test = firstRows(data.test.points, TEST_POINTS);
  const outside = firstRows(data.outOfDistribution, TEST_POINTS);
  const theta = TRUE_THETA;
  const samples = await flow.sample(sampleKey, count, { theta });
  const thetas = PRIOR.sample(thetaKey, count);
  const atPrior = await flow.sample(priorKey, count, { theta: thetas });
  const ambient = name === 'pie' || name === 'conditionalPie';
  const hasManifold = name !== 'ambientFlow';
  const hasDensity = name !== 'probabilisticAutoencoder';
  const errorOf = (points: Points, at: readonly number[]) => flow.reconstructionError(points, at);
  const insideErrors = await errorOf(test, theta);
  const outsideErrors = await errorOf(outside, theta);
  // Codes have a density without the model having one of points: the AUC uses it, as the reference did.
  const mode = hasDensity ? 'exact' : 'fixedManifold';
  const insideDensity = await flow.logDensity(test, { theta, mode });
  const outsideDensity = await flow.logDensity(outside, { theta, mode });
  const fine = [...insideDensity].filter(Number.isFinite);
  return {
    distance: {
      published: capped(surface.offset(finite(samples))),
      atPrior: capped(surface.offset(finite(atPrior))),
      euclidean: capped(surface.distance(finite(samples))),
      wholeSpace: ambient
        ? capped(surface.offset(finite(await flow.sample(spaceKey, count, { theta, mode: 'full' }))))
        : null,
    },
    reconstruction: {
      mean: hasManifold ? capped(insideErrors) : null,
      allPoints: hasManifold ? capped(await errorOf(data.test.points, theta)) : null,
      inBox: hasManifold ? capped(insideErrors.filter((_, i) => isInBox(row(test, i), bound))) : null,
      atLeastTheta: hasManifold ? capped(await errorOf(test, [-1])) : null,
    },
    inference: hasDensity ? await infer(name, model, params, truth, chainKey) : null,
    auc: outOfDistributionAuc({
      logDensity: { inside: orLowest(insideDensity), outside: orLowest(outsideDensity) },
      ...(hasManifold ? { reconstructionError: { inside: insideErrors, outside: outsideErrors } } : {}),
    }),
    meanLogDensity: hasDensity ? mean(fine) : null,
    failures: [...insideDensity, ...outsideDensity].filter((value) => !Number.isFinite(value)).length,
  };
}

const isInBox = (x: Float64Array, bound: number): boolean => x.every((value) => Math.abs(value) <= bound);

/** A log density that is no number is the least there is. */
const orLowest = (values: Float64Array): Float64Array =>
  values.map((value) => (Number.isFinite(value) ? value : -Infinity));

/** A sample that is no number is as far away as counts. */
const finite = (points: Points): Points => ({
  ...points,
  data: points.data.map((value) => (Number.isFinite(value) ? value : 1e3)),
});

async function infer<P extends TensorTree>(
  name: SurfaceRow['model'],
  model: FlowModel<P>,
  params: P,
  { observed, sets, sizes, chains }: TrueInference,
  key: Key,
): Promise<SurfaceMetrics['inference']> {
  const mode = name === 'mFlow' || name === 'mFlowWithEncoder' ? 'fixedManifold' : 'exact';
  const { likelihoods, dispose } = flowLikelihoods(model, params, { observed, sets, mode });
  try {
    const found = await surfaceChains(likelihoods, sets, sizes, foldIn(key, 0));
    return {
      mmd: found.map(({ samples }, i) => maximumMeanDiscrepancy(samples, chains[i].samples).squared),
      means: found.map(({ samples }, i) => [mean(samples.data), mean(chains[i].samples.data)]),
      acceptanceRate: found.map(({ acceptanceRate }) => acceptanceRate),
      effectiveSamples: found.map(({ samples }) => effectiveSampleSize([samples.data])),
    };
  } finally {
    dispose();
  }
}
