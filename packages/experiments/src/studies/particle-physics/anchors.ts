import { pointsOf, restoreParticles, weakBosonFusion, type Points } from '@ebim/datasets';
import { closure } from '@ebim/metrics';
import { foldIn, normalArray, type Key } from '@ebim/runtime';
import type { SetLikelihoods } from '../../flow/flow-posterior.js';
import type { ParticleData } from './data.js';
import { inferTheta, type ChainSizes, type ParticleInference } from './inference.js';
import { chainPlaces, observedRows } from './observed.js';

/** What the metrics give without any model. */
export interface ParticleAnchors {
  readonly closure: {
    /** Of the test events themselves: 0 up to rounding. */
    readonly events: number;
    /** Of standard normal noise in the standardised features: 1 by definition. */
    readonly noise: number;
    /** Of events whose features come from different events; `null` where there are none. */
    readonly reshuffled: number | null;
  };
  /**
   * By the exact likelihood of the hidden variables of the observed events; `null` where they are not known. Events say
   * less about theta, so that on average over the prior no model can do better. That of the events themselves is not
   * known.
   */
  readonly partons: ParticleInference | null;
}

/** Measures the anchors. */
export async function particleAnchors(
  { tests, partons, reshuffled: shuffled }: ParticleData,
  { sets, key, chains }: { readonly sets: number; readonly key: Key; readonly chains: ChainSizes },
): Promise<ParticleAnchors> {
  const noise = tests.map(({ data, columns }, i) =>
    pointsOf(normalArray(foldIn(foldIn(key, 0), i), data.length), columns),
  );
  return {
    closure: {
      events: meanClosure(tests),
      noise: meanClosure(noise),
      reshuffled: shuffled === null ? null : meanClosure(shuffled),
    },
    partons:
      partons === null
        ? null
        : await inferTheta(partonLikelihoods(partons, sets), { sets, key: foldIn(key, 1), chains }),
  };
}

const meanClosure = (sets: readonly Points[]): number =>
  sets.reduce((sum, points) => sum + closure(restoreParticles(points)).closure, 0) / sets.length;

function partonLikelihoods(partons: readonly Points[], sets: number): SetLikelihoods {
  const simulator = weakBosonFusion();
  const chains = chainPlaces(sets).length;
  const observed = observedRows(partons, chainPlaces(sets));
  const size = observed.rows / chains;
  return (thetas) => {
    const context = pointsOf(
      Float64Array.from(
        { length: 2 * observed.rows },
        (_, at) => thetas[2 * Math.floor(at / 2 / size) + (at % 2)],
      ),
      2,
    );
    const values = simulator.partonLogDensity(observed, context);
    return Promise.resolve(
      Float64Array.from({ length: chains }, (_, i) =>
        values.subarray(i * size, (i + 1) * size).reduce((a, b) => a + b, 0),
      ),
    );
  };
}
