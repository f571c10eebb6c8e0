import * as tf from '@tensorflow/tfjs';
import { valueAndGradWithAux } from '@ebim/autodiff';
import { ShapeError, type TensorTree } from '@ebim/runtime';
import type { DensityMode, FlowModel } from '../models/model.js';
import { checkPositive, checkSizes } from '../transform/checks.js';
import type { LossTerms, TrainingLoss } from './loss.js';
import type { Rows } from './rows.js';

/** Options of {@link reconstructionLoss}. */
export interface ReconstructionLossOptions {
  /** Factor of the loss. Default 1. */
  readonly weight?: number;
  /** Mean square, or the Huber loss with threshold 1 (PyTorch's `SmoothL1Loss`). Default `'square'`. */
  readonly kind?: 'square' | 'smoothL1';
  /** Factor of the mean square of `coordinates`, which keeps them in the box of the inner flow's splines. Default 0. */
  readonly coordinateWeight?: number;
}

/**
 * How far projections are from their points: `weight * mean (x - project(x))²` over rows and entries (spec 3.2, phase
 * M). Statistic `reconstruction`: that mean square (or Huber loss) without the weight.
 *
 * @throws ConfigError `bad-option`
 */
export function reconstructionLoss<P extends TensorTree>(
  model: FlowModel<P>,
  { weight = 1, kind = 'square', coordinateWeight = 0 }: ReconstructionLossOptions = {},
): TrainingLoss<P> {
  checkPositive('reconstructionLoss', { weight });
  if (coordinateWeight !== 0) checkPositive('reconstructionLoss', { coordinateWeight });
  return {
    statistics: coordinateWeight === 0 ? ['reconstruction'] : ['reconstruction', 'coordinates'],
    evaluate: (params, rows): LossTerms => {
      const context = contextOf(model, rows);
      const gap = tf.sub(rows.x, model.project(params, rows.x, context));
      const mean = tf.mean(kind === 'square' ? tf.square(gap) : smooth(gap));
      const main = tf.mul(weight, mean);
      if (coordinateWeight === 0) return { loss: main, stats: { reconstruction: mean } };
      const size = tf.mean(tf.square(model.coordinates(params, rows.x, context)));
      return {
        loss: tf.add(main, tf.mul(coordinateWeight, size)),
        stats: { reconstruction: mean, coordinates: size },
      };
    },
  };
}

/** x²/2 up to 1, then |x| - 1/2. */
function smooth(gap: tf.Tensor): tf.Tensor {
  const size = tf.abs(gap);
  const small = tf.minimum(size, 1);
  return tf.sub(tf.mul(small, size), tf.mul(0.5, tf.square(small)));
}

/** Options of {@link likelihoodLoss}. */
export interface LikelihoodLossOptions {
  /** Which density. Default `exact`. */
  readonly mode?: DensityMode;
  /** Factor of the negative log likelihood. Default 1. */
  readonly weight?: number;
  /** Bits per dimension divide nats by n ln 2, n the dimension of the manifold, d without one. Default `nats`. */
  readonly units?: 'nats' | 'bitsPerDimension';
  /**
   * Factor of the mean square error of the score (SCANDAL, spec 3.4), which needs `scores` and `context` among the
   * rows. Default 0.
   */
  readonly scoreWeight?: number;
  /** So many log densities of a batch may be NaN or infinite and count as 0; more make the loss NaN. Default 5. */
  readonly toleratedFailures?: number;
}

/**
 * The negative log likelihood (spec 3.2), with the score of SCANDAL if wanted: `weight c mean(-log p) + scoreWeight
 * mean (grad_theta log p - t)²`. Statistics: `negativeLogLikelihood` in nats, `failures`, and `score`.
 *
 * @throws ConfigError `bad-option`
 */
export function likelihoodLoss<P extends TensorTree>(
  model: FlowModel<P>,
  options: LikelihoodLossOptions = {},
): TrainingLoss<P> {
  const { mode = 'exact', weight = 1, units = 'nats', scoreWeight = 0, toleratedFailures = 5 } = options;
  checkPositive('likelihoodLoss', { weight });
  checkSizes('likelihoodLoss', { toleratedFailures }, 0);
  if (scoreWeight !== 0) checkPositive('likelihoodLoss', { scoreWeight });
  const dimensions = mode === 'ambient' || model.name === 'pie' ? model.dataSize : model.latentSize;
  const factor = units === 'nats' ? weight : weight / (dimensions * Math.LN2);
  const likelihood = (logDensity: tf.Tensor): LossTerms => {
    const fine = tf.isFinite(logDensity);
    const failures = tf.sub(logDensity.size, tf.sum(tf.cast(fine, 'float32')));
    const mean = tf.neg(tf.mean(tf.where(fine, logDensity, tf.zerosLike(logDensity))));
    const tolerated = tf.lessEqual(failures, toleratedFailures);
    const value = tf.where(tolerated, mean, tf.fill(mean.shape, NaN));
    return { loss: tf.mul(factor, value), stats: { negativeLogLikelihood: value, failures } };
  };
  if (scoreWeight === 0)
    return {
      statistics: ['negativeLogLikelihood', 'failures'],
      evaluate: (params, rows) =>
        likelihood(model.logDensity(params, rows.x, { context: contextOf(model, rows), mode })),
    };
  return {
    statistics: ['negativeLogLikelihood', 'failures', 'score'],
    evaluate: (params, rows) => {
      const { context, scores } = rows;
      if (context === undefined || scores?.shape.join() !== context.shape.join())
        throw new ShapeError({
          code: 'bad-scores',
          where: 'likelihoodLoss({ scoreWeight })',
          expected: 'rows with a context, and scores of its size',
          received: `context ${shapeOf(context)}, scores ${shapeOf(scores)}`,
        });
      const { aux: logDensity, grad: score } = valueAndGradWithAux((at: tf.Tensor) => {
        const log = model.logDensity(params, rows.x, { context: at, mode });
        return { loss: tf.sum(log), aux: log };
      })(context);
      const terms = likelihood(logDensity);
      const error = tf.mean(tf.square(tf.sub(score, scores)));
      return {
        loss: tf.add(terms.loss, tf.mul(scoreWeight, error)),
        stats: { ...terms.stats, score: error },
      };
    },
  };
}

const shapeOf = (t: tf.Tensor | undefined): string =>
  t === undefined ? 'missing' : `[${t.shape.join(', ')}]`;

/** The context of a model that has one. */
export const contextOf = (
  { contextSize }: { readonly contextSize: number },
  rows: Rows,
): tf.Tensor | undefined => (contextSize === 0 ? undefined : rows.context);

/** The sum of losses of one model, with the statistics of all. None of them may need preparation. */
export const sumOfLosses = <P extends TensorTree>(losses: readonly TrainingLoss<P>[]): TrainingLoss<P> => ({
  statistics: losses.flatMap(({ statistics }) => statistics),
  evaluate: (params, rows, key) => {
    const terms = losses.map(({ evaluate }) => evaluate(params, rows, key, []));
    return {
      loss: tf.addN(terms.map(({ loss }) => loss)),
      stats: Object.assign({}, ...terms.map(({ stats }) => stats)) as LossTerms['stats'],
    };
  },
});
