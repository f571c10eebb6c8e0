import * as tf from '@tensorflow/tfjs';
import { valueAndGradWithAux } from '@ebim/autodiff';
import {
  ConfigError,
  ShapeError,
  treeClone,
  treeLeaves,
  treeMap,
  treeTidy,
  type Key,
  type TensorTree,
} from '@ebim/runtime';
import { clipByGlobalNorm, type StepStats } from '@ebim/training';
import {
  replaceParameters,
  trainedParameters,
  type ParametersByPath,
} from '../transform/trained-parameters.js';
import { optimizerOf } from './optimizer-of.js';
import { splitRows, type RowLayout } from './rows.js';
import type { Phase, Stage } from './stage.js';

/** Everything that a stage carries from step to step. */
export type StageState<P extends TensorTree> = {
  readonly params: P;
  /** By the names of the phases. */
  readonly optimizers: { readonly [phase: string]: TensorTree };
};

/** Options of {@link stageTrainer}. */
export interface StageTrainerOptions<P extends TensorTree> {
  readonly stage: Stage<P>;
  /** Columns of the batches. */
  readonly layout: RowLayout;
  /** Paths of parameters that are never trained: that of the model. Default none. */
  readonly untrained?: readonly string[];
  /** Number of rows of an epoch, for the learning rates. */
  readonly rows: number;
}

/** A training step for `fit`, with data from `stageBatches`. */
export interface StageTrainer<P extends TensorTree> {
  /** Fresh optimisers. Clones the parameters. */
  init(params: P): StageState<P>;
  /**
   * One update of the parameters of one phase, that of the rank of the batch: `[rows, columns]` is for the first phase,
   * `[1, rows, columns]` for the second, and so on. The caller owns what comes back.
   */
  step(key: Key, state: StageState<P>, batch: tf.Tensor): { state: StageState<P>; stats: StepStats };
}

/**
 * A stage as a training step (spec 3.2, 3.6): the loss of the phase, its gradient by the parameters that belong to the
 * phase and no others, clipping, one step of its optimiser. A gradient that is not finite counts as zero, and
 * in the statistic `skipped`.
 *
 * Statistics: `loss`, `gradientNorm`, `skipped` and those of the loss; with several phases under `phase/…`, where the
 * values of a step are scaled such that the means of an epoch are those of the phase.
 *
 * @throws ConfigError `bad-option`, `no-phases`, `nothing-to-train`
 */
export function stageTrainer<P extends TensorTree>({
  stage,
  layout,
  untrained = [],
  rows,
}: StageTrainerOptions<P>): StageTrainer<P> {
  const { phases, name, epochs } = stage;
  if (phases.length === 0 || new Set(phases.map((phase) => phase.name)).size < phases.length)
    throw new ConfigError({
      code: 'no-phases',
      where: `stage "${name}"`,
      expected: 'at least one phase, all of different names',
      received: phases.map((phase) => phase.name).join(', ') || 'none',
    });
  const counts = phases.map(({ batchSize }) => Math.ceil(rows / batchSize));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const optimizers = phases.map((phase, i) => optimizerOf(phase, { epochs, steps: counts[i] }));
  const selected = (phase: Phase<P>, params: P): ParametersByPath => {
    const all = Object.entries(trainedParameters({ untrained }, params));
    const { updates } = phase;
    return Object.fromEntries(
      updates === undefined
        ? all
        : all.filter(([path]) => updates.some((part) => path === part || path.startsWith(`${part}/`))),
    );
  };

  const init = (params: P): StageState<P> => {
    for (const phase of phases)
      if (Object.keys(selected(phase, params)).length === 0)
        throw new ConfigError({
          code: 'nothing-to-train',
          where: `phase "${phase.name}"`,
          expected: `trained parameters below ${phase.updates?.join(', ') ?? 'the model'}`,
          received: 'none',
        });
    return {
      params: treeClone(params),
      optimizers: Object.fromEntries(
        phases.map((phase, i) => [phase.name, optimizers[i].init(selected(phase, params))]),
      ),
    };
  };

  const update = (index: number, key: Key, state: StageState<P>, batch: tf.Tensor) => {
    const { name, loss, clipNorm = NO_LIMIT } = phases[index];
    const columns = splitRows(batch, layout);
    const trained = selected(phases[index], state.params);
    const prepared = loss.prepare?.(state.params, columns, key) ?? [];
    const { value, aux, grad } = valueAndGradWithAux((at: ParametersByPath) => {
      const terms = loss.evaluate(replaceParameters(state.params, at), columns, key, prepared);
      return { loss: terms.loss, aux: terms.stats };
    })(trained);
    const { tree, norm } = clipByGlobalNorm(grad, clipNorm);
    const fine = tf.isFinite(norm);
    const gradients = treeMap((g) => tf.where(fine, g, tf.zerosLike(g)), tree);
    const next = optimizers[index].update(gradients, state.optimizers[name], trained);
    return {
      state: {
        params: replaceParameters(state.params, next.params),
        optimizers: { ...state.optimizers, [name]: next.state },
      },
      stats: {
        ...aux,
        loss: value,
        gradientNorm: tf.where(fine, norm, tf.zerosLike(norm)),
        skipped: tf.sub(1, tf.cast(fine, 'float32')),
      },
    };
  };

  /** `fit` takes means over all steps of an epoch, and wants the same names at each of them. */
  const named = (index: number, stats: Readonly<Record<string, tf.Tensor>>): StepStats => {
    if (phases.length === 1) return stats as StepStats;
    const factor = total / counts[index];
    return Object.fromEntries(
      phases.flatMap(({ name, loss }, i) =>
        [...loss.statistics, ...OWN_STATISTICS].map((stat): [string, tf.Scalar] => [
          `${name}/${stat}`,
          i === index ? tf.mul<tf.Scalar>(factor, stats[stat]) : tf.scalar(0),
        ]),
      ),
    );
  };

  const step: StageTrainer<P>['step'] = (key, state, batch) =>
    treeTidy(() => {
      const index = batch.rank - 2;
      if (index < 0 || index >= phases.length)
        throw new ShapeError({
          code: 'bad-batch',
          where: `step(key, state, batch) of stage "${name}"`,
          expected: `rank 2${phases.length > 1 ? ` to ${phases.length + 1}` : ''}, one more for every phase`,
          received: `[${batch.shape.join(', ')}]`,
          hint: 'Batches of stageBatches have it.',
        });
      const result = update(index, key, state, tf.reshape(batch, batch.shape.slice(-2)));
      const given = new Set(treeLeaves(state));
      return {
        state: treeMap((leaf) => (given.has(leaf) ? leaf.clone() : leaf), result.state),
        stats: named(index, result.stats),
      };
    });

  return { init: (params) => treeTidy(() => init(params)), step };
}

const OWN_STATISTICS = ['loss', 'gradientNorm', 'skipped'];

/** Of a gradient; beyond it squares overflow anyway. */
const NO_LIMIT = 1e30;
