import { ConfigError, type TensorTree } from '@ebim/runtime';
import type { FlowModel } from '../models/model.js';
import { checkSizes } from '../transform/checks.js';
import {
  likelihoodLoss,
  reconstructionLoss,
  sumOfLosses,
  type LikelihoodLossOptions,
  type ReconstructionLossOptions,
} from './flow-losses.js';
import { transportLoss, type TransportLossOptions } from './sinkhorn.js';
import type { Optimization, Phase, Stage } from './stage.js';

/** What every schedule wants to know. */
export interface ScheduleOptions extends Optimization {
  /** Epochs E of the paper, which the schedules divide among their stages. */
  readonly epochs: number;
  /** Rows of a batch. Default 100. */
  readonly batchSize?: number;
}

/** Options of {@link likelihoodSchedule}. */
export interface LikelihoodScheduleOptions extends ScheduleOptions {
  /** The density is `exact` unless given. */
  readonly likelihood?: LikelihoodLossOptions;
}

/** Options of {@link reconstructionSchedule}. */
export interface ReconstructionScheduleOptions extends ScheduleOptions {
  readonly reconstruction?: ReconstructionLossOptions;
}

/** Options of {@link sequentialSchedule} and {@link alternatingSchedule}. */
export interface ManifoldScheduleOptions extends ReconstructionScheduleOptions {
  /** The density is `fixedManifold`. */
  readonly likelihood?: Omit<LikelihoodLossOptions, 'mode'>;
}

/** Options of {@link alternatingSchedule}. */
export interface AlternatingScheduleOptions extends ManifoldScheduleOptions {
  /** So often the phases take turns in an epoch. Default 1. */
  readonly turns?: number;
}

/** Options of {@link simultaneousSchedule}. */
export interface SimultaneousScheduleOptions extends ScheduleOptions {
  readonly reconstruction?: ReconstructionLossOptions;
  /** Of the middle stage, exact densities. Default weight 0.1. */
  readonly likelihood?: Omit<LikelihoodLossOptions, 'mode'>;
  /** The first stage: by reconstruction, by the likelihood of a PIE, or none. Default `'reconstruction'`. */
  readonly before?: 'reconstruction' | 'pie' | 'none';
  /** The last stage: likelihood on the fixed manifold, or none. Default `'density'`. */
  readonly after?: 'density' | 'none';
}

/** Options of {@link transportSchedule}. */
export interface TransportScheduleOptions extends ScheduleOptions {
  readonly transport?: TransportLossOptions;
  /** Rows of a batch of the transport phase. Default 1000. */
  readonly transportBatchSize?: number;
}

/** Options of {@link alternatingTransportSchedule}. */
export interface AlternatingTransportScheduleOptions extends TransportScheduleOptions {
  readonly likelihood?: Omit<LikelihoodLossOptions, 'mode'>;
  /** So often the phases take turns in an epoch. Default 1. */
  readonly turns?: number;
}

const optimizationOf = ({
  learningRate,
  schedule,
  finalLearningRate,
  method,
  weightDecay,
  clipNorm,
}: Optimization): Optimization => ({
  learningRate,
  schedule,
  finalLearningRate,
  method,
  weightDecay,
  clipNorm,
});

/** The parts of a model below `params` that make its manifold; all but the flow on it. */
const MANIFOLD_PARTS = {
  mFlow: ['outer'],
  pie: ['outer'],
  mFlowWithEncoder: ['outer', 'encoder'],
  probabilisticAutoencoder: ['encoder', 'decoder'],
  prescribedManifoldFlow: [],
  ambientFlow: [],
} as const;

function manifoldPhase<P extends TensorTree>(
  model: FlowModel<P>,
  options: Pick<ManifoldScheduleOptions, 'batchSize' | 'reconstruction'> & Optimization,
): Phase<P> {
  const { batchSize = 100, reconstruction } = options;
  const parts: readonly string[] = Object.hasOwn(MANIFOLD_PARTS, model.name)
    ? MANIFOLD_PARTS[model.name as keyof typeof MANIFOLD_PARTS]
    : [];
  if (parts.length === 0)
    throw new ConfigError({
      code: 'no-manifold-to-learn',
      where: `schedule for ${model.name}`,
      expected: 'a model that learns a manifold',
      received: model.name,
      hint: 'Train it with likelihoodSchedule.',
    });
  return {
    name: 'manifold',
    loss: reconstructionLoss(model, reconstruction),
    updates: parts,
    batchSize,
    ...optimizationOf(options),
  };
}

function densityPhase<P extends TensorTree>(
  model: FlowModel<P>,
  options: Pick<ManifoldScheduleOptions, 'batchSize' | 'likelihood'> & Optimization,
): Phase<P> {
  const { batchSize = 100, likelihood } = options;
  return {
    name: 'density',
    loss: likelihoodLoss(model, { ...likelihood, mode: 'fixedManifold' }),
    updates: ['inner'],
    batchSize,
    ...optimizationOf(options),
  };
}

const alone = <P extends TensorTree>(phase: Phase<P>, epochs: number): Stage<P> => ({
  name: phase.name,
  phases: [phase],
  epochs,
});

/** Maximum likelihood of all parameters: ambient flows, PIE, flows on a prescribed manifold. */
export function likelihoodSchedule<P extends TensorTree>(
  model: FlowModel<P>,
  options: LikelihoodScheduleOptions,
): Stage<P>[] {
  const { epochs, batchSize = 100, likelihood } = options;
  checkSizes('likelihoodSchedule', { epochs });
  const loss = likelihoodLoss(model, likelihood);
  return [alone({ name: 'likelihood', loss, batchSize, ...optimizationOf(options) }, epochs)];
}

/**
 * Reconstruction alone, of the parameters of the manifold: an autoencoder whose inner flow stays as it was made, the
 * ablation of spec 3.2.
 *
 * @throws ConfigError `no-manifold-to-learn`, `bad-size`, `bad-option`
 */
export function reconstructionSchedule<P extends TensorTree>(
  model: FlowModel<P>,
  options: ReconstructionScheduleOptions,
): Stage<P>[] {
  const { epochs } = options;
  checkSizes('reconstructionSchedule', { epochs });
  return [alone(manifoldPhase(model, options), epochs)];
}

/**
 * M/D training one after the other (spec 3.2): half of the epochs for the manifold, by reconstruction, the others for
 * the density on it. Each stage has an optimiser and learning rates of its own.
 *
 * @throws ConfigError `no-manifold-to-learn`, `bad-size`, `bad-option`
 */
export function sequentialSchedule<P extends TensorTree>(
  model: FlowModel<P>,
  options: ManifoldScheduleOptions,
): Stage<P>[] {
  const { epochs } = options;
  checkSizes('sequentialSchedule', { epochs }, 2);
  const half = Math.floor(epochs / 2);
  return [alone(manifoldPhase(model, options), half), alone(densityPhase(model, options), epochs - half)];
}

/**
 * M/D training in turns (spec 3.2): in each of `epochs / 2` epochs one pass for the manifold, then one for the density.
 *
 * @throws ConfigError `no-manifold-to-learn`, `bad-size`, `bad-option`
 */
export function alternatingSchedule<P extends TensorTree>(
  model: FlowModel<P>,
  options: AlternatingScheduleOptions,
): Stage<P>[] {
  const { epochs, turns = 1 } = options;
  checkSizes('alternatingSchedule', { epochs }, 2);
  return [
    {
      name: 'alternating',
      phases: [manifoldPhase(model, options), densityPhase(model, options)],
      epochs: Math.floor(epochs / 2),
      turns,
    },
  ];
}

/**
 * Simultaneous training (spec 3.2), an ablation that spec 3.1 warns of: a third of the epochs reconstruction or the
 * likelihood of a PIE, then reconstruction and exact likelihood together, at the end a third for the density alone.
 *
 * @throws ConfigError `no-manifold-to-learn`, `bad-size`, `bad-option`
 */
export function simultaneousSchedule<P extends TensorTree>(
  model: FlowModel<P>,
  options: SimultaneousScheduleOptions,
): Stage<P>[] {
  const { epochs, before = 'reconstruction', after = 'density', likelihood, reconstruction } = options;
  checkSizes('simultaneousSchedule', { epochs }, 3);
  const third = Math.floor(epochs / 3);
  const everything = { ...manifoldPhase(model, options), updates: undefined };
  const pieLoss = likelihoodLoss(model, { ...likelihood, weight: 1, mode: 'ambient' });
  const both = sumOfLosses([
    reconstructionLoss(model, reconstruction),
    likelihoodLoss(model, { weight: 0.1, ...likelihood, mode: 'exact' }),
  ]);
  const first = {
    reconstruction: { ...everything, name: 'before' },
    pie: { ...everything, name: 'before', loss: pieLoss },
  };
  return [
    ...(before === 'none' ? [] : [alone(first[before], third)]),
    {
      ...alone({ ...everything, name: 'simultaneous', loss: both }, epochs - 2 * third),
      keep: 'last' as const,
    },
    ...(after === 'none'
      ? []
      : [alone(densityPhase(model, { ...options, likelihood: { ...likelihood, weight: 1 } }), third)]),
  ];
}

/** Optimal transport alone (spec 3.3), all parameters. */
export function transportSchedule<P extends TensorTree>(
  model: FlowModel<P>,
  options: TransportScheduleOptions,
): Stage<P>[] {
  checkSizes('transportSchedule', { epochs: options.epochs });
  return [alone(transportPhase(model, options), options.epochs)];
}

/** Optimal transport of all parameters and likelihood on the manifold in turns (spec 3.3), `epochs / 2` times. */
export function alternatingTransportSchedule<P extends TensorTree>(
  model: FlowModel<P>,
  options: AlternatingTransportScheduleOptions,
): Stage<P>[] {
  const { epochs, turns = 1 } = options;
  checkSizes('alternatingTransportSchedule', { epochs }, 2);
  return [
    {
      name: 'alternating',
      phases: [transportPhase(model, options), densityPhase(model, options)],
      epochs: Math.floor(epochs / 2),
      turns,
    },
  ];
}

function transportPhase<P extends TensorTree>(
  model: FlowModel<P>,
  options: TransportScheduleOptions,
): Phase<P> {
  const { transport, transportBatchSize = 1000 } = options;
  return {
    name: 'transport',
    loss: transportLoss(model, transport),
    batchSize: transportBatchSize,
    ...optimizationOf(options),
  };
}
