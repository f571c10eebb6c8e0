import { firstRows, pointsOf, restoreParticles, type Points } from '@ebim/datasets';
import type { FlowModel, FlowModelName } from '@ebim/flows';
import { closure } from '@ebim/metrics';
import { foldIn, type Key, type TensorTree } from '@ebim/runtime';
import { flowLikelihoods } from '../../flow/flow-posterior.js';
import type { HostFlow } from '../../flow/host-flow.js';
import { TRUE_THETAS, type ParticleData } from './data.js';
import { inferTheta, type ChainSizes, type ParticleInference } from './inference.js';
import { chainPlaces, observedRows } from './observed.js';

/** What is measured of a trained model (flow spec 5.1, items 2, 5, 6), in the order of `TRUE_THETAS`. */
export interface ParticleMetrics {
  /** `null` for what generates no events. */
  readonly closure: {
    /** Of generated events: how far they are from keeping the laws of kinematics. */
    readonly byTheta: readonly number[];
    /** Of draws with coordinates off the manifold too, for models that have a density there. */
    readonly wholeSpace: readonly number[] | null;
    /** Generated events with a feature that was no number; they count as being off by the most. */
    readonly failures: number;
  } | null;
  /** Mean distance of test events to their projections, at most 10 each, in standardised features. */
  readonly reconstruction: {
    /** At the theta of the events. */
    readonly byTheta: readonly number[];
    /** At theta = (-1, -1), as the reference measured: different only where the manifold depends on theta. */
    readonly atFirstTheta: readonly number[];
  } | null;
  /** `null` for models without a density of events, and where their likelihoods are no numbers. */
  readonly inference: ParticleInference | null;
}

/** How much is measured. */
export interface MeasureSizes {
  /** Events to generate at each theta. */
  readonly samples: number;
  /** Observed sets at each theta. */
  readonly sets: number;
  readonly chains: ChainSizes;
}

const RECONSTRUCTED = 1000;
const FARTHEST = 10;
/** The first theta of the grid on which the reference evaluated likelihoods. */
const FIRST_THETA = [-1, -1];

/** Measures one trained flow. */
export async function measureParticles<P extends TensorTree>(
  name: FlowModelName,
  model: FlowModel<P>,
  params: P,
  flow: HostFlow,
  { tests }: ParticleData,
  sizes: MeasureSizes,
  key: Key,
): Promise<ParticleMetrics> {
  const generated = await closures(flow, sizes.samples, foldIn(key, 0), 'manifold');
  const inSpace = name === 'pie' || name === 'conditionalPie';
  return {
    closure: {
      ...generated,
      wholeSpace: inSpace ? (await closures(flow, sizes.samples, foldIn(key, 1), 'full')).byTheta : null,
    },
    reconstruction:
      name === 'ambientFlow'
        ? null
        : {
            byTheta: await reconstructions(flow, tests, (i) => TRUE_THETAS[i]),
            atFirstTheta: await reconstructions(flow, tests, () => FIRST_THETA),
          },
    inference:
      name === 'probabilisticAutoencoder'
        ? null
        : await inferByFlow(name, model, params, tests, sizes, foldIn(key, 2)),
  };
}

async function closures(
  flow: HostFlow,
  samples: number,
  key: Key,
  mode: 'manifold' | 'full',
): Promise<{ byTheta: number[]; failures: number }> {
  const byTheta: number[] = [];
  let failures = 0;
  for (const [i, theta] of TRUE_THETAS.entries()) {
    const events = counted(restoreParticles(await flow.sample(foldIn(key, i), samples, { theta, mode })));
    byTheta.push(closure(events.points).closure);
    failures += events.failures;
  }
  return { byTheta, failures };
}

/** An event with a feature that is no number breaks every identity by more than counts. */
function counted({ data, rows, columns }: Points): { points: Points; failures: number } {
  const result = Float64Array.from(data);
  let failures = 0;
  for (let i = 0; i < rows; i++) {
    const event = result.subarray(i * columns, (i + 1) * columns);
    if (event.every(Number.isFinite)) continue;
    event.fill(1e6);
    failures++;
  }
  return { points: pointsOf(result, columns), failures };
}

async function reconstructions(
  flow: HostFlow,
  tests: readonly Points[],
  thetaOf: (test: number) => readonly number[],
): Promise<number[]> {
  const means: number[] = [];
  for (const [i, test] of tests.entries()) {
    const errors = await flow.reconstructionError(firstRows(test, RECONSTRUCTED), thetaOf(i));
    const total = errors.reduce((sum, error) => sum + (error < FARTHEST ? error : FARTHEST), 0);
    means.push(total / errors.length);
  }
  return means;
}

async function inferByFlow<P extends TensorTree>(
  name: FlowModelName,
  model: FlowModel<P>,
  params: P,
  tests: readonly Points[],
  { sets, chains }: MeasureSizes,
  key: Key,
): Promise<ParticleInference | null> {
  const places = chainPlaces(sets);
  const { likelihoods, dispose } = flowLikelihoods(model, params, {
    observed: observedRows(tests, places),
    sets: places.length,
    mode: name === 'mFlow' || name === 'mFlowWithEncoder' ? 'fixedManifold' : 'exact',
  });
  try {
    return await inferTheta(likelihoods, { sets, key, chains });
  } finally {
    dispose();
  }
}
