import { residualNet } from '@ebim/nn';
import { ConfigError, type TensorTree } from '@ebim/runtime';
import { vectorFlow, type VectorFlowOptions } from '../compose/vector-flow.js';
import { scalarAffine } from '../linear/scalar-affine.js';
import { ambientFlow } from '../models/ambient-flow.js';
import { mFlowWithEncoder, probabilisticAutoencoder } from '../models/autoencoders.js';
import { mFlow, pie } from '../models/manifold-flow.js';
import type { FlowModel } from '../models/model.js';
import type { AnyTransform } from '../transform/transform.js';
import type { LikelihoodLossOptions } from './flow-losses.js';
import type { FlowArchitecture, FlowTraining } from './presets.js';
import {
  alternatingSchedule,
  alternatingTransportSchedule,
  likelihoodSchedule,
  reconstructionSchedule,
  sequentialSchedule,
  simultaneousSchedule,
  transportSchedule,
} from './schedules.js';
import type { Stage } from './stage.js';

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
  const { coupling, linear, connected, hypersurface, hidden, blocks, bins, bound } = rest;
  const sizes = { coupling, linear, connected, hidden, blocks, bins, bound };
  const flow = (
    size: number,
    count: number,
    context: number,
    more: Pick<VectorFlowOptions, 'hypersurface'> = {},
  ) => vectorFlow({ size, layers: count, contextSize: context, ...sizes, ...more });
  const network = (inputSize: number, outputSize: number) =>
    residualNet({ inputSize, outputSize, hidden, blocks: encoderBlocks });
  const outer = (context = 0) => flow(dataSize, layers.outer, context, { hypersurface });
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
  | 'likelihood'
  | 'reconstruction'
  | 'sequential'
  | 'alternating'
  | 'simultaneous'
  | 'transport'
  | 'alternatingTransport';

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
  const { weights, units, coordinateWeight, scoreWeight } = training;
  const likelihood = (weight: number): LikelihoodLossOptions => ({ weight, units, scoreWeight });
  const reconstruction = { weight: weights.reconstruction };
  const alone = { ...reconstruction, coordinateWeight };
  const density = likelihood(weights.density);
  const transport = { weight: weights.transport };
  const schedules: Record<ScheduleName, () => Stage<P>[]> = {
    likelihood: () => likelihoodSchedule(model, { ...training, likelihood: likelihood(weights.likelihood) }),
    reconstruction: () => reconstructionSchedule(model, { ...training, reconstruction: alone }),
    sequential: () => sequentialSchedule(model, { ...training, reconstruction: alone, likelihood: density }),
    alternating: () =>
      alternatingSchedule(model, { ...training, reconstruction: alone, likelihood: density }),
    simultaneous: () =>
      simultaneousSchedule(model, {
        ...training,
        reconstruction,
        likelihood: likelihood(weights.simultaneous),
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
