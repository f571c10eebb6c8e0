import type { VectorFlowOptions } from '../compose/vector-flow.js';
import type { LikelihoodLossOptions } from './flow-losses.js';
import type { Optimization } from './stage.js';

/** Sizes of the networks of an experiment. */
export interface FlowArchitecture {
  /** d */
  readonly dataSize: number;
  /** n */
  readonly manifoldSize: number;
  readonly contextSize: number;
  readonly coupling: 'rationalQuadratic' | 'affine';
  /** Between couplings. Default `'permutation'`. */
  readonly linear?: VectorFlowOptions['linear'];
  /** Whether permutations are drawn anew until they connect all features. Default true; false is the published way. */
  readonly connected?: boolean;
  /** The same option of the outer flow of models with a manifold of one dimension less than the data. Default false. */
  readonly hypersurface?: boolean;
  /** Couplings of the outer flow, of the inner one (0: one scalar affine map, n = 1), and of the ambient flow. */
  readonly layers: { readonly outer: number; readonly inner: number; readonly ambient: number };
  readonly hidden: number;
  readonly blocks: number;
  /** Blocks of encoders and decoders. */
  readonly encoderBlocks: number;
  readonly bins: number;
  readonly bound: number;
  /** Width of PIE off its manifold. */
  readonly epsilon: number;
}

/** How the models of an experiment are trained. */
export interface FlowTraining extends Optimization {
  /** Points, of which `validation` are held out. */
  readonly points: number;
  readonly validation: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly transportBatchSize: number;
  /** Factors of the losses: of reconstruction, of likelihood in M/D training, alone and beside reconstruction, of transport. */
  readonly weights: {
    readonly reconstruction: number;
    readonly density: number;
    readonly likelihood: number;
    readonly simultaneous: number;
    readonly transport: number;
  };
  /** Of likelihoods, all of them: bits per dimension divide them by n ln 2 (spec 3.2). Default `nats`. */
  readonly units?: LikelihoodLossOptions['units'];
  /** Factor of the mean square of coordinates where a manifold is learned by reconstruction alone. Default 0. */
  readonly coordinateWeight?: number;
  /**
   * Factor of the mean square error of scores beside every likelihood, {@link SCANDAL_SCORE_WEIGHT} for SCANDAL; the
   * rows then need `scores`. Default 0.
   */
  readonly scoreWeight?: number;
}

/**
 * The published `scoreWeight` of SCANDAL (spec 3.4). No preset has it, as it takes joint scores.
 *
 * @example
 * ```ts
 * const { architecture, training } = FLOW_PRESETS.particlePhysics.fast;
 * const scandal = { ...training, scoreWeight: SCANDAL_SCORE_WEIGHT };
 * const stages = presetSchedule('sequential', flowModel('mFlow', architecture), scandal);
 * ```
 */
export const SCANDAL_SCORE_WEIGHT = 2;

/** An experiment as data. */
export interface FlowPreset {
  readonly architecture: FlowArchitecture;
  readonly training: FlowTraining;
}

const circle: FlowPreset = {
  architecture: {
    dataSize: 2,
    manifoldSize: 1,
    contextSize: 0,
    coupling: 'affine',
    layers: { outer: 5, inner: 0, ambient: 10 },
    hidden: 100,
    blocks: 2,
    encoderBlocks: 5,
    bins: 10,
    bound: 3,
    epsilon: 0.1,
  },
  training: {
    points: 10_000,
    validation: 0.25,
    epochs: 120,
    batchSize: 100,
    transportBatchSize: 1000,
    learningRate: 1e-3,
    weightDecay: 0.01,
    clipNorm: 1,
    weights: { reconstruction: 100, density: 0.1, likelihood: 1, simultaneous: 0.1, transport: 100 },
  },
};

const polynomialSurface: FlowPreset = {
  architecture: {
    dataSize: 3,
    manifoldSize: 2,
    contextSize: 1,
    coupling: 'rationalQuadratic',
    layers: { outer: 5, inner: 5, ambient: 10 },
    hidden: 100,
    blocks: 2,
    encoderBlocks: 5,
    bins: 10,
    bound: 6,
    epsilon: 0.01,
  },
  training: {
    points: 100_000,
    validation: 0.25,
    epochs: 50,
    batchSize: 100,
    transportBatchSize: 1000,
    learningRate: 1e-3,
    weightDecay: 1e-4,
    clipNorm: 1,
    weights: { reconstruction: 1000, density: 1, likelihood: 1, simultaneous: 0.1, transport: 10 },
  },
};

const lorenz: FlowPreset = {
  architecture: {
    dataSize: 3,
    manifoldSize: 2,
    contextSize: 0,
    coupling: 'rationalQuadratic',
    layers: { outer: 5, inner: 5, ambient: 10 },
    hidden: 100,
    blocks: 2,
    encoderBlocks: 5,
    bins: 5,
    bound: 3,
    epsilon: 0.01,
  },
  training: {
    points: 1_000_000,
    validation: 0.1,
    epochs: 100,
    batchSize: 100,
    transportBatchSize: 1000,
    learningRate: 3e-4,
    weightDecay: 1e-4,
    clipNorm: 5,
    weights: { reconstruction: 1000, density: 1, likelihood: 1, simultaneous: 0.1, transport: 10 },
    units: 'bitsPerDimension',
  },
};

const particlePhysics: FlowPreset = {
  architecture: {
    dataSize: 40,
    manifoldSize: 14,
    contextSize: 2,
    coupling: 'rationalQuadratic',
    linear: 'lu',
    layers: { outer: 20, inner: 15, ambient: 35 },
    hidden: 100,
    blocks: 2,
    encoderBlocks: 5,
    bins: 11,
    bound: 10,
    epsilon: 0.1,
  },
  training: {
    points: 1_000_000,
    validation: 0.25,
    epochs: 50,
    batchSize: 100,
    transportBatchSize: 1000,
    learningRate: 3e-4,
    weightDecay: 1e-5,
    clipNorm: 10,
    weights: { reconstruction: 10_000, density: 1, likelihood: 1, simultaneous: 0.1, transport: 10 },
    units: 'bitsPerDimension',
    coordinateWeight: 0.01,
  },
};

/** The same networks, a tenth of the points or epochs and less. */
const fast = (preset: FlowPreset, training: Partial<FlowTraining>): FlowPreset => ({
  ...preset,
  training: { ...preset.training, ...training },
});

/**
 * Settings of the experiments (spec 3.7): `paper` as published, the circle with the epochs of the earlier revision;
 * `fast` for minutes on two cores, with the same networks except in particle physics, where they have fewer layers.
 * The Lorenz attractor was published as an M-flow alone; what other models take is that of the polynomial surface.
 */
export const FLOW_PRESETS = {
  circle: { paper: circle, fast: fast(circle, { points: 4000, epochs: 24 }) },
  polynomialSurface: {
    paper: polynomialSurface,
    fast: fast(polynomialSurface, { points: 20_000, epochs: 10, transportBatchSize: 300 }),
  },
  lorenz: {
    paper: lorenz,
    fast: fast(lorenz, { points: 20_000, epochs: 10, transportBatchSize: 300 }),
  },
  particlePhysics: {
    paper: particlePhysics,
    fast: {
      architecture: {
        ...particlePhysics.architecture,
        layers: { outer: 6, inner: 5, ambient: 11 },
      },
      training: {
        ...particlePhysics.training,
        points: 20_000,
        epochs: 10,
        transportBatchSize: 300,
        learningRate: 1e-3,
      },
    },
  },
} as const;
