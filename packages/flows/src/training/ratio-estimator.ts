import * as tf from '@tensorflow/tfjs';
import { valueAndGradWithAux } from '@ebim/autodiff';
import { mlp, type MlpParams } from '@ebim/nn';
import { ShapeError, type Key } from '@ebim/runtime';
import { checkPositive, checkSizes } from '../transform/checks.js';
import type { TrainingLoss } from './loss.js';
import type { Optimization, Stage } from './stage.js';

/** Mean and standard deviation of every entry, by which inputs are standardised. */
export interface Standardisation {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Options of {@link ratioEstimator}. */
export interface RatioEstimatorOptions {
  readonly dataSize: number;
  readonly contextSize: number;
  /** Default three layers of 100. */
  readonly hidden?: readonly number[];
  /** Of points. Default: as they are. */
  readonly x?: Standardisation;
  /** Of contexts. Default: as they are. */
  readonly context?: Standardisation;
}

/** A network for the log likelihood ratio `log p(x | context) / p(x | reference)`. */
export interface RatioEstimator {
  readonly dataSize: number;
  readonly contextSize: number;
  readonly untrained: readonly string[];
  init(key: Key): MlpParams;
  /** `x [batch, d]`, `context [batch, p]`; gives `[batch]`. */
  logRatio(params: MlpParams, x: tf.Tensor, context: tf.Tensor): tf.Tensor1D;
}

/**
 * The likelihood-ratio estimator of ALICES (spec 3.5): a tanh network of points and contexts, trained with
 * {@link alicesLoss}. It generates nothing and knows no manifold.
 *
 * @throws ConfigError `bad-size`, `bad-option`; ShapeError `bad-standardisation`
 *
 * @example
 * ```ts
 * const estimator = ratioEstimator({ dataSize: 3, contextSize: 1, hidden: [16] });
 * const params = estimator.init(key(0));
 * const log = estimator.logRatio(params, tf.zeros([5, 3]), tf.ones([5, 1])); // [5]
 * ```
 */
export function ratioEstimator(options: RatioEstimatorOptions): RatioEstimator {
  const { dataSize, contextSize, hidden = [100, 100, 100] } = options;
  checkSizes('ratioEstimator', { dataSize, contextSize });
  const standardX = standardiser('x', dataSize, options.x);
  const standardContext = standardiser('context', contextSize, options.context);
  const network = mlp({ inputSize: dataSize + contextSize, outputSize: 1, hidden, activation: 'tanh' });
  return {
    dataSize,
    contextSize,
    untrained: [],
    init: (key) => network.init(key),
    logRatio: (params, x, context) =>
      tf.tidy(() => {
        const inputs = tf.concat([standardX(x), standardContext(context)], 1);
        return tf.reshape<tf.Rank.R1>(network.apply(params, inputs), [x.shape[0]]);
      }),
  };
}

function standardiser(
  name: string,
  size: number,
  standardisation: Standardisation | undefined,
): (t: tf.Tensor) => tf.Tensor {
  if (standardisation === undefined) return (t) => t;
  const { mean, deviation } = standardisation;
  if (mean.length !== size || deviation.length !== size)
    throw new ShapeError({
      code: 'bad-standardisation',
      where: `ratioEstimator({ ${name} })`,
      expected: `${size} means and ${size} deviations`,
      received: `${mean.length} and ${deviation.length}`,
    });
  deviation.forEach((value) => checkPositive('ratioEstimator', { deviation: value }));
  return (t) => tf.div(tf.sub(t, [...mean]), [...deviation]);
}

/**
 * The loss of ALICES (spec 3.5; Stoye et al. 2018): `mean BCE(1 / (1 + r̂), 1 / (1 + r)) + scoreWeight mean ((1 - y)
 * (grad log r̂ - t))²`. Rows: `x`, `context`, `scores` t, `logRatio` of the joint ratio r `[N, 1]`, and `label` y `[N, 1]`, 0
 * for events of their context and 1 for those of the reference.
 *
 * @throws ConfigError `bad-option`; ShapeError `bad-rows` when called
 */
export function alicesLoss(
  estimator: RatioEstimator,
  { scoreWeight = 1 }: { readonly scoreWeight?: number } = {},
): TrainingLoss<MlpParams> {
  if (scoreWeight !== 0) checkPositive('alicesLoss', { scoreWeight });
  return {
    statistics: ['crossEntropy', 'score'],
    evaluate: (params, rows) => {
      for (const name of ['x', 'context', 'scores', 'logRatio', 'label'])
        if (rows[name] === undefined)
          throw new ShapeError({
            code: 'bad-rows',
            where: 'alicesLoss',
            expected: 'rows x, context, scores, logRatio, label',
            received: Object.keys(rows).join(', '),
          });
      const { x, context, scores, logRatio, label } = rows;
      const { aux: estimate, grad: score } = valueAndGradWithAux((at: tf.Tensor) => {
        const log = estimator.logRatio(params, x, at);
        return { loss: tf.sum(log), aux: log };
      })(context);
      // With s = 1 / (1 + r) the cross entropy is softplus(log r̂) - (1 - s) log r̂, and 1 - s = sigmoid(log r).
      const share = tf.reshape(tf.sigmoid(logRatio), estimate.shape);
      const crossEntropy = tf.mean(tf.sub(tf.softplus(estimate), tf.mul(share, estimate)));
      const error = tf.mean(tf.square(tf.mul(tf.sub(1, label), tf.sub(score, scores))));
      return {
        loss: tf.add(crossEntropy, tf.mul(scoreWeight, error)),
        stats: { crossEntropy, score: error },
      };
    },
  };
}

/** Training of {@link ratioEstimator} as published: AMSGrad, rates from 1e-3 to 1e-4, 50 epochs, batches of 128. */
export const alicesSchedule = (
  estimator: RatioEstimator,
  {
    epochs = 50,
    batchSize = 128,
    scoreWeight = 1,
    ...optimization
  }: Optimization & {
    readonly epochs?: number;
    readonly batchSize?: number;
    readonly scoreWeight?: number;
  } = {},
): Stage<MlpParams>[] => [
  {
    name: 'ratio',
    phases: [
      {
        name: 'ratio',
        loss: alicesLoss(estimator, { scoreWeight }),
        batchSize,
        method: 'amsGrad',
        schedule: 'exponential',
        ...optimization,
      },
    ],
    epochs,
  },
];
