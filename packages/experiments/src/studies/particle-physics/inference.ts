import { pointsOf, standardNormalPrior, type Points } from '@ebim/datasets';
import { effectiveSampleSize, logKernelDensity, rHat, type ParameterChain } from '@ebim/metrics';
import type { Key } from '@ebim/runtime';
import { posteriorChains, type SetLikelihoods } from '../../flow/flow-posterior.js';
import { TRUE_THETAS } from './data.js';
import { CHAINS, chainPlaces } from './observed.js';

/** How long chains are. */
export interface ChainSizes {
  readonly samples: number;
  readonly burnIn: number;
}

/** Those of the published protocol (flow spec 5.1). */
export const PUBLISHED_CHAINS: ChainSizes = { samples: 2500, burnIn: 500 };
/** So few that means over 12 observed sets differ by about 0.1 from one run of the chains to another. */
export const FAST_CHAINS: ChainSizes = { samples: 1000, burnIn: 200 };

const STEP_SIZE = 0.15;
const BANDWIDTH = 0.15;
/** Draws of one test set that figures show, at most. */
const SHOWN = 500;

/** What chains of theta found, in the order of `TRUE_THETAS`. Log posteriors are kernel densities at the true theta. */
export interface ParticleInference {
  /** Of the first observed set of each theta, from all its chains: the published protocol. */
  readonly first: readonly number[];
  /** Of every observed set, `[theta][set]`. */
  readonly all: readonly (readonly number[])[];
  /** Split R-hat of the chains of each first set, the larger of both parameters: above 1.01 they disagree. */
  readonly rHat: readonly number[];
  /** Effective number of draws of those chains, the smaller of both parameters. */
  readonly effectiveSamples: readonly number[];
  readonly acceptanceRate: readonly number[];
  /** Some draws for each first set. */
  readonly draws: readonly Points[];
}

/**
 * Posteriors of the two parameters by the likelihoods of the chains of `chainPlaces(sets)`, all in step.
 *
 * @returns `null` where a likelihood at the true theta is no number, as of a model whose training failed
 */
export async function inferTheta(
  likelihoods: SetLikelihoods,
  { sets, key, chains }: { readonly sets: number; readonly key: Key; readonly chains: ChainSizes },
): Promise<ParticleInference | null> {
  const places = chainPlaces(sets);
  const starts = places.map(({ test }) => TRUE_THETAS[test]);
  const atStart = await likelihoods(Float64Array.from(starts.flat()));
  if (!Array.from(atStart).every(Number.isFinite)) return null;
  const all = await posteriorChains(likelihoods, {
    key,
    prior: standardNormalPrior(2),
    starts,
    stepSize: STEP_SIZE,
    ...chains,
  });
  const perTest = CHAINS + sets - 1;
  const byTest = TRUE_THETAS.map((_, test) => all.slice(test * perTest, (test + 1) * perTest));
  const firsts = byTest.map((of) => of.slice(0, CHAINS));
  const density = (points: Points, test: number): number =>
    logKernelDensity(points, TRUE_THETAS[test], { bandwidth: BANDWIDTH });
  const pooled = firsts.map(together);
  const first = pooled.map(density);
  return {
    first,
    all: byTest.map((of, test) => [
      first[test],
      ...of.slice(CHAINS).map(({ samples }) => density(samples, test)),
    ]),
    rHat: firsts.map((of) => Math.max(...ofParameters(of, rHat))),
    effectiveSamples: firsts.map((of) => Math.min(...ofParameters(of, effectiveSampleSize))),
    acceptanceRate: byTest.map((of) => of.reduce((sum, one) => sum + one.acceptanceRate, 0) / of.length),
    draws: pooled.map(thinned),
  };
}

/** Log posteriors of draws of the prior itself: of who does not look at the data. The kernel widens it. */
export const priorLogPosterior = (): number[] =>
  TRUE_THETAS.map(([a, b]) => {
    const variance = 1 + BANDWIDTH ** 2;
    return -(a * a + b * b) / (2 * variance) - Math.log(2 * Math.PI * variance);
  });

/** The log posterior where all draws are the true theta: no posterior has more. */
export const LARGEST_LOG_POSTERIOR = -Math.log(2 * Math.PI * BANDWIDTH ** 2);

const ofParameters = <T>(chains: readonly ParameterChain[], f: (values: Float64Array[]) => T): T[] =>
  TRUE_THETAS[0].map((_, j) =>
    f(chains.map(({ samples }) => samples.data.filter((__, at) => at % samples.columns === j))),
  );

const together = (chains: readonly ParameterChain[]): Points =>
  pointsOf(Float64Array.from(chains.flatMap(({ samples }) => Array.from(samples.data))), 2);

function thinned({ data, rows }: Points): Points {
  const every = Math.ceil(rows / SHOWN);
  return pointsOf(
    data.filter((_, at) => Math.floor(at / 2) % every === 0),
    2,
  );
}
