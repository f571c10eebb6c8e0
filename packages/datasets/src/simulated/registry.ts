import { ConfigError, foldIn, type Key } from '@ebim/runtime';
import { pointsOf, type Points } from '../points/points.js';
import { requireCount } from '../synthetic/distribution.js';
import { lorenzAttractor } from './lorenz.js';
import { polynomialSurface } from './polynomial-surface.js';
import { contextRows, type Context, type Simulator } from './simulator.js';
import { conditionalSphereGaussian, sphereGaussian } from './sphere-gaussian.js';
import { weakBosonFusion } from './weak-boson-fusion.js';

/** What `ebim list` tells about a simulated data set. */
export interface SimulatorInfo {
  /** What `simulateDataset` takes. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly manifold: string;
  readonly manifoldDimension: number;
  readonly ambientDimension: number;
  /** Size of theta, 0 without parameters. */
  readonly contextDimension: number;
  /** What is known of the density of a point. */
  readonly density: 'exact' | 'joint score' | 'unknown';
  /** Points of the training and of the test set in the experiment. */
  readonly rows: { readonly train: number; readonly test: number };
  readonly source: string;
}

interface Definition {
  readonly info: SimulatorInfo;
  readonly build: () => Simulator;
  /** theta of the test set. */
  readonly testContext: readonly number[] | null;
}

const PAPER = 'Brehmer, Cranmer: Flows for simultaneous manifold learning and density estimation (2020)';

function define(
  build: () => Simulator,
  testContext: readonly number[] | null,
  info: Omit<SimulatorInfo, 'manifoldDimension' | 'ambientDimension' | 'contextDimension' | 'source'> & {
    readonly source?: string;
  },
): Definition {
  const { manifoldDimension, ambientDimension, prior } = build();
  return {
    build,
    testContext,
    info: {
      source: PAPER,
      ...info,
      manifoldDimension,
      ambientDimension,
      contextDimension: prior?.dimension ?? 0,
    },
  };
}

const DEFINITIONS: ReadonlyMap<string, Definition> = new Map(
  [
    define(() => sphereGaussian(), null, {
      name: 'circle-gaussian',
      title: 'Gaussian on a circle',
      description: 'Angle N(pi / 2, (pi / 4)^2), radius 1 + N(0, 0.01^2)',
      manifold: 'unit circle',
      density: 'exact',
      rows: { train: 10_000, test: 1000 },
    }),
    define(() => sphereGaussian({ manifoldDimension: 2 }), null, {
      name: 'sphere-gaussian',
      title: 'Gaussian on a sphere',
      description: 'Angles N(pi / 2, (pi / 4)^2), radius 1 + N(0, 0.01^2)',
      manifold: 'unit sphere',
      density: 'exact',
      rows: { train: 10_000, test: 1000 },
    }),
    define(() => conditionalSphereGaussian(), [0, 0], {
      name: 'conditional-sphere-gaussian',
      title: 'Gaussian on a sphere, with parameters',
      description: 'Width and azimuth of the angles depend on theta in [-1, 1]^2',
      manifold: 'unit sphere',
      density: 'exact',
      rows: { train: 10_000, test: 1000 },
    }),
    define(() => polynomialSurface(), [0], {
      name: 'polynomial-surface',
      title: 'Mixture on a polynomial surface',
      description:
        'Two Gaussians in the chart, the width of one of which depends on theta in [-1, 1]; no noise',
      manifold: 'graph of a damped polynomial',
      density: 'exact',
      rows: { train: 100_000, test: 10_000 },
    }),
    define(() => lorenzAttractor(), null, {
      name: 'lorenz-attractor',
      title: 'Lorenz attractor',
      description: '100 trajectories from time 50 to 1000; of dimension about 2.06, modelled with 2',
      manifold: 'strange attractor',
      density: 'unknown',
      rows: { train: 1_000_000, test: 10_000 },
    }),
    define(() => weakBosonFusion(), [0, 0], {
      name: 'weak-boson-fusion',
      title: 'Particle events, simulated here',
      description:
        '40 standardised features of two photons and two jets; our own parton-level simulator, not the LHC data',
      manifold: '26 identities in R^40',
      density: 'joint score',
      rows: { train: 1_000_000, test: 10_000 },
      source: `this library, after the features of ${PAPER}`,
    }),
  ].map((definition) => [definition.info.name, definition]),
);

/** What is known of every simulated data set, in the order to list them. */
export const simulators: readonly SimulatorInfo[] = [...DEFINITIONS.values()].map(({ info }) => info);

/** Points with the parameters at which they were drawn. */
export interface SimulatedPoints {
  readonly points: Points;
  /** `[rows, p]`; `null` without parameters. */
  readonly context: Points | null;
  /** Joint scores `[rows, p]`; `null` where the simulator does not know them. */
  readonly jointScore: Points | null;
}

/** A simulated data set in its parts. */
export interface SimulatedDataset {
  readonly info: SimulatorInfo;
  /** theta drawn from the prior. */
  readonly train: SimulatedPoints;
  /** theta as in the paper, or `testContext`. */
  readonly test: SimulatedPoints;
  /** As many as in `test`, at its theta. */
  readonly outOfDistribution: Points;
}

/** Options of {@link simulateDataset}. */
export interface SimulateDatasetOptions {
  /** Points to train on. Default that of the experiment, `info.rows.train`. */
  readonly train?: number;
  /** Points to test on. Default `info.rows.test`. */
  readonly test?: number;
  /** theta of the test set. Default that of the experiment. */
  readonly testContext?: readonly number[];
  /** Which repetition of an experiment: each has its own training set; the test sets are the same. Default 0. */
  readonly run?: number;
}

/**
 * Draws a simulated data set by its name: training, test and out-of-distribution points.
 *
 * @param name one of `simulators`
 * @throws {@link ConfigError} `unknown-dataset`, `bad-option`; ShapeError `wrong-columns`
 * @example
 * ```ts
 * import { key } from '@ebim/runtime';
 * import { simulateDataset } from '@ebim/datasets';
 * const { train, test } = simulateDataset('polynomial-surface', key(0), { train: 1000, test: 100 });
 * console.log(train.points.rows, train.context?.columns, test.points.rows); // 1000 1 100
 * ```
 */
export function simulateDataset(
  name: string,
  key: Key,
  options: SimulateDatasetOptions = {},
): SimulatedDataset {
  const definition = DEFINITIONS.get(name);
  if (definition === undefined)
    throw new ConfigError({
      code: 'unknown-dataset',
      where: 'simulateDataset(name)',
      expected: `one of ${[...DEFINITIONS.keys()].join(', ')}`,
      received: JSON.stringify(name),
    });
  const { info, build, testContext: published } = definition;
  const { train = info.rows.train, test = info.rows.test, testContext = published, run = 0 } = options;
  requireCount('simulateDataset({ train })', train);
  requireCount('simulateDataset({ test })', test);
  requireCount('simulateDataset({ run })', run);
  const simulator = build();
  const trainKey = foldIn(foldIn(key, 0), run);
  const theta = simulator.prior?.sample(foldIn(trainKey, 0), train) ?? null;
  return {
    info,
    train: withContext(simulator, foldIn(trainKey, 1), train, theta),
    test: withContext(simulator, foldIn(key, 1), test, testContext),
    outOfDistribution: simulator.sampleOutOfDistribution(
      foldIn(key, 2),
      test,
      simulator.prior === null ? undefined : (testContext ?? undefined),
    ),
  };
}

function withContext(
  simulator: Simulator,
  key: Key,
  count: number,
  context: Context | null,
): SimulatedPoints {
  const { prior } = simulator;
  if (prior === null || context === null)
    return { points: simulator.sample(key, count), context: null, jointScore: null };
  const theta = contextRows(context, prior.dimension, count, 'simulateDataset({ testContext })');
  const data = new Float64Array(count * prior.dimension);
  for (let i = 0; i < count; i++) data.set(theta(i), i * prior.dimension);
  const drawn = simulator.sampleWithScore?.(key, count, context);
  return {
    points: drawn?.points ?? simulator.sample(key, count, context),
    context: pointsOf(data, prior.dimension),
    jointScore: drawn?.jointScore ?? null,
  };
}
