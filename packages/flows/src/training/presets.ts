import { residualNet } from '@ebim/nn';
import { ConfigError, type TensorTree } from '@ebim/runtime';
import { vectorFlow } from '../compose/vector-flow.js';
import { scalarAffine } from '../linear/scalar-affine.js';
import { ambientFlow } from '../models/ambient-flow.js';
import { mFlowWithEncoder, probabilisticAutoencoder } from '../models/autoencoders.js';
import { mFlow, pie } from '../models/manifold-flow.js';
import type { FlowModel } from '../models/model.js';
import type { AnyTransform } from '../transform/transform.js';
import {
  alternatingSchedule,
  alternatingTransportSchedule,
  likelihoodSchedule,
  sequentialSchedule,
  simultaneousSchedule,
  transportSchedule,
} from './schedules.js';
import type { Optimization, Stage } from './stage.js';

/** Sizes of the networks of an experiment. */
export interface FlowArchitecture {
  /** d */
  readonly dataSize: number;
  /** n */
  readonly manifoldSize: number;
  readonly contextSize: number;
  readonly coupling: 'rationalQuadratic' | 'affine';
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
}

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

/** The same networks, a tenth of the points or epochs and less. */
const fast = (preset: FlowPreset, training: Partial<FlowTraining>): FlowPreset => ({
  ...preset,
  training: { ...preset.training, ...training },
});

/**
 * Settings of the experiments (spec 3.7): `paper` as published, the circle with the epochs of the earlier revision;
 * `fast` for minutes on two cores.
 */
export const FLOW_PRESETS = {
  circle: { paper: circle, fast: fast(circle, { points: 4000, epochs: 24 }) },
  polynomialSurface: {
    paper: polynomialSurface,
    fast: fast(polynomialSurface, { points: 20_000, epochs: 10, transportBatchSize: 300 }),
  },
} as const;

/** The models that {@link flowModel} builds. */
export type FlowModelName =
  'ambientFlow' | 'pie' | 'conditionalPie' | 'mFlow' | 'mFlowWithEncoder' | 'probabilisticAutoencoder';

/**
 * A model of an experiment; `conditionalPie` is the original PIE, whose manifold depends on the context, `pie` the one
 * whose manifold does not.
 *
 * @throws ConfigError of the parts
 *
 * @example
 * ```ts
 * const { architecture } = FLOW_PRESETS.polynomialSurface.paper;
 * const model = flowModel('mFlow', architecture);
 * const params = model.init(key(0));
 * ```
 */
export function flowModel(name: FlowModelName, architecture: FlowArchitecture): FlowModel<TensorTree> {
  const { dataSize, manifoldSize, contextSize, layers, encoderBlocks, epsilon, ...rest } = architecture;
  const { coupling, hidden, blocks, bins, bound } = rest;
  const sizes = { coupling, hidden, blocks, bins, bound };
  const flow = (size: number, count: number, context: number) =>
    vectorFlow({ size, layers: count, contextSize: context, ...sizes });
  const network = (inputSize: number, outputSize: number) =>
    residualNet({ inputSize, outputSize, hidden, blocks: encoderBlocks });
  const outer = (context = 0) => flow(dataSize, layers.outer, context);
  const inner: AnyTransform =
    layers.inner === 0 ? scalarAffine({ size: manifoldSize }) : flow(manifoldSize, layers.inner, contextSize);
  const encoder = () => network(dataSize, manifoldSize);
  const build = {
    ambientFlow: () => ambientFlow(flow(dataSize, layers.ambient, contextSize)),
    pie: () => pie({ outer: outer(), inner, epsilon }),
    conditionalPie: () => pie({ outer: outer(contextSize), inner, epsilon }),
    mFlow: () => mFlow({ outer: outer(), inner, epsilon }),
    mFlowWithEncoder: () => mFlowWithEncoder({ outer: outer(), inner, encoder: encoder() }),
    probabilisticAutoencoder: () =>
      probabilisticAutoencoder({ inner, encoder: encoder(), decoder: network(manifoldSize, dataSize) }),
  };
  if (!Object.hasOwn(build, name)) throw unknown('flowModel', Object.keys(build), name);
  return build[name]();
}

/** The schedules that {@link presetSchedule} knows. */
export type ScheduleName =
  'likelihood' | 'sequential' | 'alternating' | 'simultaneous' | 'transport' | 'alternatingTransport';

/**
 * The stages of a preset, for `trainStages`.
 *
 * @throws ConfigError of the schedules
 *
 * @example
 * ```ts
 * const { architecture, training } = FLOW_PRESETS.circle.fast;
 * const model = flowModel('mFlow', architecture);
 * const stages = presetSchedule('alternating', model, training);
 * ```
 */
export function presetSchedule<P extends TensorTree>(
  name: ScheduleName,
  model: FlowModel<P>,
  training: FlowTraining,
): Stage<P>[] {
  const { weights } = training;
  const reconstruction = { weight: weights.reconstruction };
  const density = { weight: weights.density };
  const transport = { weight: weights.transport };
  const schedules: Record<ScheduleName, () => Stage<P>[]> = {
    likelihood: () => likelihoodSchedule(model, { ...training, likelihood: { weight: weights.likelihood } }),
    sequential: () => sequentialSchedule(model, { ...training, reconstruction, likelihood: density }),
    alternating: () => alternatingSchedule(model, { ...training, reconstruction, likelihood: density }),
    simultaneous: () =>
      simultaneousSchedule(model, {
        ...training,
        reconstruction,
        likelihood: { weight: weights.simultaneous },
      }),
    transport: () => transportSchedule(model, { ...training, transport }),
    alternatingTransport: () =>
      alternatingTransportSchedule(model, { ...training, transport, likelihood: density }),
  };
  if (!Object.hasOwn(schedules, name)) throw unknown('presetSchedule', Object.keys(schedules), name);
  return schedules[name]();
}

const unknown = (where: string, known: readonly string[], received: string): ConfigError =>
  new ConfigError({
    code: 'bad-option',
    where: `${where}(name)`,
    expected: `one of ${known.join(', ')}`,
    received: String(received),
  });
