import {
  pointsOf,
  standardiseParticles,
  standardNormalPrior,
  toTensor,
  weakBosonFusion,
  type Points,
} from '@ebim/datasets';
import { alicesSchedule, ratioEstimator, type Standardisation } from '@ebim/flows';
import { foldIn, key as keyOf, treeDispose, type Key } from '@ebim/runtime';
import { flowLikelihoods } from '../../flow/flow-posterior.js';
import { trainFlow, type StageCurves } from '../../flow/train-flow.js';
import type { StudyContext } from '../study.js';
import { inferTheta, type ParticleInference } from './inference.js';
import type { MeasureSizes } from './measure.js';
import { chainPlaces, observedRows } from './observed.js';

/** Half of the events are drawn at it, and ratios are to it. */
const REFERENCE = [0, 0];
const DATA_KEY = keyOf(0x414c4943);

/**
 * Events to train a ratio estimator with, on the host (flow spec 3.5): half from thetas of the prior and labelled 0, half from
 * the reference and labelled 1, which get a theta of the prior all the same. Joint ratios and scores are those of the
 * simulator at that theta.
 */
export function ratioEvents(
  run: number,
  count: number,
): { readonly [name in 'x' | 'context' | 'scores' | 'logRatio' | 'label']: Points } {
  const simulator = weakBosonFusion();
  const key = foldIn(DATA_KEY, run);
  const context = standardNormalPrior(2).sample(foldIn(key, 0), count);
  const half = Math.floor(count / 2);
  const label = Float64Array.from({ length: count }, (_, i) => (i < half ? 0 : 1));
  const drawnAt = pointsOf(
    context.data.map((value, at) => (at < 2 * half ? value : REFERENCE[at % 2])),
    2,
  );
  const { features, partons } = simulator.simulate(foldIn(key, 1), count, drawnAt);
  const reference = simulator.partonLogDensity(partons, REFERENCE);
  return {
    x: standardiseParticles(features),
    context,
    scores: simulator.jointScore(partons, context),
    logRatio: pointsOf(
      simulator.partonLogDensity(partons, context).map((value, i) => value - reference[i]),
      1,
    ),
    label: pointsOf(label, 1),
  };
}

/** Sizes of the training of a ratio estimator. */
export interface RatioSizes {
  readonly events: number;
  readonly epochs: number;
  /** Share of the events that is held out. */
  readonly validation: number;
}

/** Options of {@link runAlices}. */
export interface RunAlicesOptions {
  readonly label: string;
  readonly seed: number;
  readonly tests: readonly Points[];
  readonly sizes: MeasureSizes & { readonly ratio: RatioSizes };
  readonly keep: 'best' | 'last';
  /** Of the chains. */
  readonly key: Key;
}

/**
 * Trains the ratio estimator of ALICES and infers theta with it: a log likelihood ratio to a fixed reference is a log
 * likelihood up to a constant, which chains do not see.
 */
export async function runAlices(
  context: Pick<StudyContext, 'folder' | 'signal' | 'say'>,
  { label, seed, tests, sizes, keep, key }: RunAlicesOptions,
): Promise<{ readonly inference: ParticleInference | null; readonly curves: readonly StageCurves[] }> {
  const { events, epochs, validation } = sizes.ratio;
  const points = ratioEvents(seed, events);
  const model = ratioEstimator({
    dataSize: points.x.columns,
    contextSize: points.context.columns,
    x: standardisationOf(points.x),
    context: standardisationOf(points.context),
  });
  const rows = Object.fromEntries(Object.entries(points).map(([name, values]) => [name, toTensor(values)]));
  const { params, status, curves } = await trainFlow(context, {
    label,
    model,
    rows,
    stages: alicesSchedule(model, { epochs }).map((stage) => ({ ...stage, keep })),
    seed,
    validation,
    about: { study: 'particle-physics', model: 'ratioEstimator' },
  }).finally(() => {
    treeDispose(rows);
  });
  const places = chainPlaces(sizes.sets);
  const { likelihoods, dispose } = flowLikelihoods(
    {
      contextSize: model.contextSize,
      logDensity: (at: typeof params, x, { context: theta } = {}) => {
        if (theta === undefined) throw new Error('Chains give a theta.');
        return model.logRatio(at, x, theta);
      },
    },
    params,
    { observed: observedRows(tests, places), sets: places.length, mode: 'exact' },
  );
  try {
    context.say(`${label}: measuring`);
    const inference =
      status === 'diverged'
        ? null
        : await inferTheta(likelihoods, { sets: sizes.sets, key, chains: sizes.chains });
    return { inference, curves };
  } finally {
    dispose();
    treeDispose(params);
  }
}

function standardisationOf({ data, rows, columns }: Points): Standardisation {
  const mean = new Float64Array(columns);
  const square = new Float64Array(columns);
  data.forEach((value, at) => {
    mean[at % columns] += value / rows;
    square[at % columns] += (value * value) / rows;
  });
  return {
    mean: Array.from(mean),
    deviation: Array.from(mean, (m, j) => Math.sqrt(square[j] - m * m)),
  };
}
