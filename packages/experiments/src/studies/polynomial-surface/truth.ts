import {
  polynomialSurface,
  simulateDataset,
  takeRows,
  uniformPrior,
  type Points,
  type SimulatedDataset,
} from '@ebim/datasets';
import { maximumMeanDiscrepancy, type ParameterChain } from '@ebim/metrics';
import { foldIn, key as keyOf, type Key } from '@ebim/runtime';
import { posteriorChains, type SetLikelihoods } from '../../flow/flow-posterior.js';

/** theta of test, observed and out-of-distribution points. */
export const TRUE_THETA = [0] as const;
/** Points of one observed set. */
export const OBSERVED = 20;
/** Metropolis chains. */
export interface ChainSizes {
  readonly samples: number;
  readonly burnIn: number;
  readonly stepSize: number;
}

/** Those of the published protocol (flow spec 5.1). */
export const PUBLISHED_CHAINS: ChainSizes = { samples: 5000, burnIn: 100, stepSize: 0.15 };
/** Test and observed points are those of one draw, whatever the run. */
const DATA_KEY = keyOf(0);

/** The data of a run: a training set of its own, and the test sets that all runs share. */
export const surfaceData = (run: number, train: number, test: number): SimulatedDataset =>
  simulateDataset('polynomial-surface', DATA_KEY, { train, test, run });

/** Observed sets and their posteriors by the true likelihood. */
export interface TrueInference {
  /** `[sets * OBSERVED, 3]`: the first test points. */
  readonly observed: Points;
  readonly sets: number;
  readonly sizes: ChainSizes;
  /** theta by the true likelihood, one chain a set. */
  readonly chains: readonly ParameterChain[];
  /** MMD² between two chains of the true likelihood, one value a set: what a perfect model gets. */
  readonly floor: readonly number[];
  /** MMD² of draws of the prior: what a model gets that does not look at the data. */
  readonly priorAlone: readonly number[];
}

const surface = polynomialSurface();
/** Of theta. */
export const PRIOR = uniformPrior(1, -1, 1);

/** One chain for each observed set, all from the true theta. */
export const surfaceChains = (
  likelihoods: SetLikelihoods,
  sets: number,
  sizes: ChainSizes,
  key: Key,
): Promise<ParameterChain[]> =>
  posteriorChains(likelihoods, {
    key,
    prior: PRIOR,
    starts: Array.from({ length: sets }, () => TRUE_THETA),
    ...sizes,
  });

/** The true posteriors of the first `sets` observed sets of the test points. */
export async function trueInference(
  test: Points,
  sets: number,
  sizes: ChainSizes,
  key: Key,
): Promise<TrueInference> {
  const observed = takeRows(
    test,
    Array.from({ length: sets * OBSERVED }, (_, i) => i),
  );
  const latents = surface.latent(observed);
  const likelihoods: SetLikelihoods = (thetas) =>
    Promise.resolve(
      Array.from({ length: sets }, (_, i) => {
        // The area of the surface does not depend on theta: the density in the chart is enough.
        const latent = takeRows(
          latents,
          Array.from({ length: OBSERVED }, (__, j) => i * OBSERVED + j),
        );
        // The density is defined below the prior too, down to widths of 0.
        return Math.abs(thetas[i]) > 1
          ? -Infinity
          : surface.latentLogDensity(latent, [thetas[i]]).reduce((a, b) => a + b, 0);
      }),
    );
  const chains = await surfaceChains(likelihoods, sets, sizes, foldIn(key, 0));
  const again = await surfaceChains(likelihoods, sets, sizes, foldIn(key, 1));
  const prior = PRIOR.sample(foldIn(key, 2), sizes.samples);
  return {
    observed,
    sets,
    sizes,
    chains,
    floor: chains.map(({ samples }, i) => maximumMeanDiscrepancy(again[i].samples, samples).squared),
    priorAlone: chains.map(({ samples }) => maximumMeanDiscrepancy(prior, samples).squared),
  };
}
