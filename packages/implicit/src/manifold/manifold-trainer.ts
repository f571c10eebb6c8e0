import { valueAndGradWithAux } from '@ebim/autodiff';
import { samplerStats, type Stats } from '@ebim/ebm';
import { ConfigError, normal, split, treeTidy, type Key, type TensorTree } from '@ebim/runtime';
import {
  checkBounds,
  langevin,
  replayBuffer,
  runSteps,
  uniformBox,
  type Bounds,
  type LangevinSizes,
} from '@ebim/samplers';
import type { Optimizer } from '@ebim/training';
import type * as tf from '@tensorflow/tfjs';
import { normOf, type Norm } from '../norm.js';
import { manifoldLoss, manifoldLossV1, type ManifoldLossOptions } from './manifold-loss.js';
import type { ManifoldModel } from './manifold-model.js';

/** Everything that training of a manifold carries from step to step. */
export type ManifoldState<P extends TensorTree, S extends TensorTree> = {
  readonly params: P;
  readonly optimizer: S;
  /** Ends of earlier chains, `[capacity, n]`; uniform noise if there are no negatives. */
  readonly buffer: tf.Tensor;
};

/** Options of {@link manifoldTrainer}. */
export interface ManifoldTrainerOptions<P extends TensorTree, S extends TensorTree> {
  readonly model: ManifoldModel<P>;
  readonly optimizer: Optimizer<S>;
  /** Box of the negative samples. */
  readonly bounds: Bounds;
  /** `'v2'` (P2 Eq 8, default) or `'v1'` (paper v1 Eq 3, without negatives). */
  readonly loss?: 'v1' | 'v2';
  /** Weights, norms and singular values of the loss. */
  readonly weights?: ManifoldLossOptions;
  /**
   * Langevin chains that make negatives, on the norm of F. Defaults: those of the published low-dimensional runs, 20
   * steps, noiseScale 0.1, stepSize 10, gradClamp 0.03, which suit data of about unit size: the clamp lets the drift
   * of a step be at most 0.15.
   */
  readonly sampler?: LangevinSizes & { readonly steps?: number };
  /** Norm of F that is the energy of those chains. Default `'l2'`. */
  readonly energyNorm?: Norm;
  /** Default 10000. */
  readonly bufferCapacity?: number;
  /** Default 0.95. */
  readonly bufferFraction?: number;
}

/** A training step for `fit`. */
export interface ManifoldTrainer<P extends TensorTree, S extends TensorTree> {
  init(key: Key): ManifoldState<P, S>;
  /** One optimiser step on a batch of data `[batch, n]`. The caller owns what comes back. */
  step(key: Key, state: ManifoldState<P, S>, batch: tf.Tensor): { state: ManifoldState<P, S>; stats: Stats };
}

/**
 * Training of a manifold-defining function (P2 section 3.1, Eq 8; spec 1.3, 1.6, 1.10): per step, Langevin chains
 * on the norm of F from the replay buffer give negatives, then one optimiser step on {@link manifoldLoss}. Pass
 * the result to `fit`.
 *
 * Statistics of a step: `loss`, `positive`, `negative`, `magnitude`, `rank`, and `sampler/finite`.
 *
 * @throws ConfigError `bad-option`, `bad-bounds`
 */
export function manifoldTrainer<P extends TensorTree, S extends TensorTree>(
  options: ManifoldTrainerOptions<P, S>,
): ManifoldTrainer<P, S> {
  const { model, optimizer, bounds, loss = 'v2', weights = {}, energyNorm = 'l2' } = options;
  const { bufferCapacity = 10_000, bufferFraction = 0.95 } = options;
  const { steps = 20, ...sizes } = { ...PUBLISHED_SIZES, ...options.sampler };
  checkWeights(weights);
  checkBounds(bounds, 'manifoldTrainer({ bounds })');
  const hasNegatives = loss === 'v2' && (weights.negativeWeight ?? 0.3) !== 0;
  const buffer = replayBuffer({
    capacity: bufferCapacity,
    fraction: bufferFraction,
    fresh: (key, count) => uniformBox(key, count, bounds, model.ambientDimension),
  });

  const init = (key: Key): ManifoldState<P, S> => {
    const [paramsKey, bufferKey] = split(key);
    const params = model.init(paramsKey);
    return { params, optimizer: optimizer.init(params), buffer: buffer.init(bufferKey) };
  };

  const lossOf = (params: P, x: tf.Tensor, directions: tf.Tensor, negatives: tf.Tensor | null) => {
    const constraint = model.constraint(params);
    const terms =
      loss === 'v1'
        ? manifoldLossV1(constraint, x, directions, weights)
        : manifoldLoss(constraint, x, directions, negatives, weights);
    const { loss: value, ...aux } = terms;
    return { loss: value, aux };
  };

  const drawNegatives = (key: Key, state: ManifoldState<P, S>, count: number) => {
    const [startKey, chainKey] = split(key);
    const constraint = model.constraint(state.params);
    const kernel = langevin((x) => normOf(energyNorm, constraint(x)), { ...sizes, bounds });
    const starts = buffer.sample(startKey, state.buffer, count);
    return runSteps(kernel, chainKey, kernel.init(starts), steps);
  };

  const step: ManifoldTrainer<P, S>['step'] = (key, state, batch) =>
    treeTidy(() => {
      const [negativeKey, directionKey] = split(key);
      const directions = normal(directionKey, [batch.shape[0], model.codimension]);
      const [chain, info] = hasNegatives ? drawNegatives(negativeKey, state, batch.shape[0]) : [null, []];
      const negatives = chain === null ? null : chain.position;
      const { value, aux, grad } = valueAndGradWithAux(lossOf)(state.params, batch, directions, negatives);
      const updated = optimizer.update(grad, state.optimizer, state.params);
      return {
        state: {
          params: updated.params,
          optimizer: updated.state,
          buffer: negatives === null ? state.buffer.clone() : buffer.push(state.buffer, negatives),
        },
        stats: { loss: value, ...aux, ...samplerStats(info) },
      };
    });

  return { init, step };
}

/** Of every low-dimensional run of P2 (spec 3). */
const PUBLISHED_SIZES: LangevinSizes & { readonly steps?: number } = {
  noiseScale: 0.1,
  stepSize: 10,
  gradClamp: 0.03,
};

function checkWeights(weights: ManifoldLossOptions): void {
  const fail = (name: string, expected: string, value: unknown) =>
    new ConfigError({
      code: 'bad-option',
      where: `manifoldTrainer({ weights: { ${name} } })`,
      expected,
      received: String(value),
    });
  const { minSingularValue = 1, maxSingularValue = null } = weights;
  for (const name of ['rankWeight', 'negativeWeight', 'magnitudeWeight', 'minSingularValue'] as const) {
    const value = weights[name];
    if (value !== undefined && !(value >= 0 && Number.isFinite(value)))
      throw fail(name, 'a number of at least 0', value);
  }
  if (maxSingularValue !== null && !(maxSingularValue >= minSingularValue))
    throw fail(
      'maxSingularValue',
      `a number of at least minSingularValue (${minSingularValue})`,
      maxSingularValue,
    );
}
