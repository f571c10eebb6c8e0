import { valueAndGradWithAux } from '@ebim/autodiff';
import { ConfigError, randint, split, treeTidy, type Key, type TensorTree } from '@ebim/runtime';
import { replayBuffer, runSteps, type ChainState, type Energy, type Kernel } from '@ebim/samplers';
import { clipByGlobalNorm, type Optimizer } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import { contrastiveDivergenceLoss } from './contrastive-divergence-loss.js';
import type { EnergyModel } from './energy-model.js';
import { samplerStats, type Stats } from './sampler-stats.js';

/** Everything that contrastive divergence carries from step to step: a resumed run continues from it exactly. */
export type ContrastiveDivergenceState<P extends TensorTree, S extends TensorTree> = {
  readonly params: P;
  readonly optimizer: S;
  /** Ends of earlier chains, `[capacity, ...point]`. */
  readonly buffer: tf.Tensor;
  /** Where fresh chains start: drawn from with replacement, `[poolSize, ...point]`. Constant during training. */
  readonly freshPool: tf.Tensor;
};

/** Options of {@link contrastiveDivergence}. */
export interface ContrastiveDivergenceOptions<
  P extends TensorTree,
  S extends TensorTree,
  C extends TensorTree & ChainState,
> {
  readonly model: EnergyModel<P>;
  readonly optimizer: Optimizer<S>;
  /** Chain kernel for an energy: Langevin in the ambient space, constrained Langevin on a manifold. */
  readonly sampler: (energy: Energy) => Kernel<C, TensorTree>;
  /** Steps of each chain, per training step. */
  readonly chainSteps: number;
  /** `count` starts of chains, `[count, ...point]`: noise of a box, or points already on the manifold. */
  readonly fresh: (key: Key, count: number) => tf.Tensor;
  /** Points in the replay buffer. Default 10000. */
  readonly bufferCapacity?: number;
  /** Probability that a chain starts from the buffer rather than afresh. Default 0.95. */
  readonly bufferFraction?: number;
  /**
   * Points in the pool from which fresh starts are drawn. A start can be costly to make (a projection onto the
   * manifold), so they are made once. Default: the buffer's capacity.
   */
  readonly poolSize?: number;
  /** Default 1. */
  readonly negativeWeight?: number;
  /** Default 1. */
  readonly magnitudeWeight?: number;
  /** The global gradient norm is clipped to this. Default 1, as in the reference code; `null` switches it off. */
  readonly clipNorm?: number | null;
}

/** A training step for `fit`. */
export interface ContrastiveDivergenceTrainer<P extends TensorTree, S extends TensorTree> {
  /** New parameters and a full buffer. The caller owns the state. */
  init(key: Key): ContrastiveDivergenceState<P, S>;
  /** One optimiser step on a batch of data `[batch, ...point]`. The caller owns what comes back. */
  step(
    key: Key,
    state: ContrastiveDivergenceState<P, S>,
    batch: tf.Tensor,
  ): { state: ContrastiveDivergenceState<P, S>; stats: Stats };
}

/**
 * Training of an energy by contrastive divergence with a replay buffer (P2 section 2.2 and Eq 10; spec 1.4, 1.6,
 * 1.10). A step runs chains from the buffer or from fresh starts to get negatives, then takes one optimiser step
 * on {@link contrastiveDivergenceLoss}. Pass the result to `fit`.
 *
 * Statistics of a step: `loss`, `positive`, `negative`, `magnitude`, `gradientNorm`, and the batch means of what
 * the sampler reports about its last step under `sampler/…`.
 *
 * @throws ConfigError `bad-option` for sizes and weights that are never right
 */
export function contrastiveDivergence<
  P extends TensorTree,
  S extends TensorTree,
  C extends TensorTree & ChainState,
>(options: ContrastiveDivergenceOptions<P, S, C>): ContrastiveDivergenceTrainer<P, S> {
  const { model, optimizer, sampler, chainSteps, fresh } = options;
  const { bufferCapacity = 10_000, bufferFraction = 0.95, poolSize = bufferCapacity } = options;
  const { negativeWeight = 1, magnitudeWeight = 1, clipNorm = 1 } = options;
  checkCount('chainSteps', chainSteps);
  checkCount('bufferCapacity', bufferCapacity);
  checkCount('poolSize', poolSize);
  if (!(bufferFraction >= 0 && bufferFraction <= 1))
    throw badOption('bufferFraction', 'a number from 0 to 1', bufferFraction);
  if (!(magnitudeWeight >= 0)) throw badOption('magnitudeWeight', 'a number of at least 0', magnitudeWeight);

  const bufferOver = (source: (key: Key, count: number) => tf.Tensor) =>
    replayBuffer({ capacity: bufferCapacity, fraction: bufferFraction, fresh: source });

  const init = (key: Key): ContrastiveDivergenceState<P, S> =>
    treeTidy(() => {
      const [paramsKey, poolKey, bufferKey] = split(key, 3);
      const params = model.init(paramsKey);
      const freshPool = fresh(poolKey, poolSize);
      const fromPool = (drawKey: Key, count: number) => drawRows(drawKey, freshPool, count);
      // The reference fills the buffer with noise once; the pool is that noise, so the buffer is drawn from it.
      const buffer = poolSize === bufferCapacity ? freshPool.clone() : bufferOver(fromPool).init(bufferKey);
      return { params, optimizer: optimizer.init(params), buffer, freshPool };
    });

  const lossOf = (params: P, positives: tf.Tensor, negatives: tf.Tensor) => {
    const { loss, ...aux } = contrastiveDivergenceLoss((x) => model.energy(params, x), positives, negatives, {
      negativeWeight,
      magnitudeWeight,
    });
    return { loss, aux };
  };

  const step: ContrastiveDivergenceTrainer<P, S>['step'] = (key, state, batch) =>
    treeTidy(() => {
      const { params, freshPool } = state;
      const [startKey, chainKey] = split(key);
      const buffer = bufferOver((drawKey, count) => drawRows(drawKey, freshPool, count));
      const starts = buffer.sample(startKey, state.buffer, batch.shape[0]);
      const kernel = sampler((x) => model.energy(params, x));
      const [chain, info] = runSteps(kernel, chainKey, kernel.init(starts), chainSteps);

      const { value, aux, grad } = valueAndGradWithAux(lossOf)(params, batch, chain.position);
      const clipped = clipNorm === null ? null : clipByGlobalNorm(grad, clipNorm);
      const updated = optimizer.update(clipped?.tree ?? grad, state.optimizer, params);
      return {
        state: {
          params: updated.params,
          optimizer: updated.state,
          buffer: buffer.push(state.buffer, chain.position),
          freshPool: freshPool.clone(),
        },
        stats: {
          loss: value,
          ...aux,
          ...(clipped === null ? {} : { gradientNorm: clipped.norm }),
          ...samplerStats(info),
        },
      };
    });

  return { init, step };
}

const drawRows = (key: Key, rows: tf.Tensor, count: number): tf.Tensor =>
  tf.tidy(() => tf.gather(rows, randint(key, [count], 0, rows.shape[0])));

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw badOption(name, 'a whole number of at least 1', value);
}

const badOption = (name: string, expected: string, value: number): ConfigError =>
  new ConfigError({
    code: 'bad-option',
    where: `contrastiveDivergence({ ${name} })`,
    expected,
    received: String(value),
  });
