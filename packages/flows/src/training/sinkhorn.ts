import * as tf from '@tensorflow/tfjs';
import { stopGradient } from '@ebim/autodiff';
import { scan } from '@ebim/compiler';
import { ConfigError, ShapeError, treeTidy, type Key, type TensorTree } from '@ebim/runtime';
import type { FlowModel } from '../models/model.js';
import { checkPositive, checkRows, checkSizes } from '../transform/checks.js';
import type { TrainingLoss } from './loss.js';
import { contextOf } from './flow-losses.js';
import type { Rows } from './rows.js';

/** Options of the Sinkhorn divergence. */
export interface SinkhornOptions {
  /** Length below which points are not told apart; the entropic weight is its square. Default 0.05. */
  readonly blur?: number;
  /** The length at which points are told apart shrinks by this factor in every step, from their diameter to `blur`. Default 0.7. */
  readonly scaling?: number;
  /** Steps, enough to get from the diameter to the blur; steps left over go on with the blur. Default 24. */
  readonly iterations?: number;
}

/** Dual potentials before the last update, of samples x `[N]` and points y `[M]`. */
export type SinkhornPotentials = {
  readonly ofX: tf.Tensor;
  readonly ofY: tf.Tensor;
  /** Of the transport of x to itself, and of y. */
  readonly withinX: tf.Tensor;
  readonly withinY: tf.Tensor;
};

/**
 * The potentials of {@link sinkhornDivergence}: symmetric, averaged updates in the log domain with a shrinking entropic
 * weight (Feydy et al. 2019). Without a gradient.
 *
 * @param x `[N, d]`
 * @param y `[M, d]`
 * @throws ShapeError `bad-input-shape`; ConfigError `bad-option`, `bad-size`
 */
export function sinkhornPotentials(
  x: tf.Tensor,
  y: tf.Tensor,
  options: SinkhornOptions = {},
): SinkhornPotentials {
  const { blur, scaling, iterations } = checked(x, y, options);
  return treeTidy(() => {
    const [between, ofXX, ofYY] = [halfSquares(x, y), halfSquares(x, x), halfSquares(y, y)];
    const both = tf.concat([x, y], 0);
    const diameter = tf.norm(tf.sub(tf.max(both, 0), tf.min(both, 0)));
    const shrink = tf.exp(tf.mul(Math.log(scaling), tf.range(0, iterations)));
    const lengths = tf.concat([tf.maximum(tf.mul(diameter, shrink), blur), tf.tensor1d([blur])], 0);
    const weights = tf.square(lengths);
    const update = (
      { ofX, ofY, withinX: inX, withinY: inY }: SinkhornPotentials,
      weight: tf.Tensor,
    ): SinkhornPotentials => ({
      ofX: softMinimum(between, ofY, weight, 1),
      ofY: softMinimum(between, ofX, weight, 0),
      withinX: softMinimum(ofXX, inX, weight, 1),
      withinY: softMinimum(ofYY, inY, weight, 1),
    });
    const [ofX, ofY] = [tf.zeros([x.shape[0]]), tf.zeros([y.shape[0]])];
    const first = tf.reshape(tf.slice(weights, [0], [1]), []);
    const start = update({ ofX, ofY, withinX: ofX, withinY: ofY }, first);
    const average = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.mul(0.5, tf.add(a, b));
    const [end] = scan(
      (at: SinkhornPotentials, weight: tf.Tensor): [SinkhornPotentials, null] => {
        const next = update(at, weight);
        return [
          {
            ofX: average(at.ofX, next.ofX),
            ofY: average(at.ofY, next.ofY),
            withinX: average(at.withinX, next.withinX),
            withinY: average(at.withinY, next.withinY),
          },
          null,
        ];
      },
      start,
      weights,
    );
    return end;
  });
}

/**
 * The debiased Sinkhorn divergence of samples x from points y, both with equal weights, for the cost |x - y|² / 2:
 * `OT(x, y) - OT(x, x) / 2 - OT(y, y) / 2` (spec 3.3). Its gradient goes through the last update of the potentials
 * alone, which take the others for constant.
 *
 * @param potentials of {@link sinkhornPotentials} for the same points
 * @returns scalar
 * @throws ShapeError `bad-input-shape`; ConfigError `bad-option`, `bad-size`
 *
 * @example
 * ```ts
 * const [x, y] = [normal(key(0), [100, 2]), normal(key(1), [80, 2])];
 * sinkhornDivergence(x, y, sinkhornPotentials(x, y)).print(); // small
 * ```
 */
export function sinkhornDivergence(
  x: tf.Tensor,
  y: tf.Tensor,
  potentials: SinkhornPotentials,
  options: SinkhornOptions = {},
): tf.Scalar {
  const { blur } = checked(x, y, options);
  const weight = blur * blur;
  return treeTidy(() => {
    const { ofX, ofY, withinX, withinY } = potentials;
    // Of a pair of equal points both would move; each is to see the other at rest.
    const [fixedX, fixedY] = stopGradient([x, y] as const);
    const ofSamples = tf.sub(
      softMinimum(halfSquares(x, fixedY), ofY, weight, 1),
      softMinimum(halfSquares(x, fixedX), withinX, weight, 1),
    );
    const ofPoints = tf.sub(
      softMinimum(halfSquares(fixedX, y), ofX, weight, 0),
      softMinimum(halfSquares(y, fixedY), withinY, weight, 1),
    );
    return tf.add<tf.Scalar>(tf.mean(ofSamples), tf.mean(ofPoints));
  });
}

/** Options of {@link transportLoss}. */
export interface TransportLossOptions extends SinkhornOptions {
  /** Factor of the divergence. Default 1. */
  readonly weight?: number;
  /**
   * The context enters the cost, as further coordinates times this factor; without (0, the default, as published) the
   * loss cannot see which context a point belongs to.
   */
  readonly contextWeight?: number;
}

/**
 * The Sinkhorn divergence of samples of the model, drawn with the contexts of the batch, from the batch (spec 3.3).
 * Statistic `transport`: the divergence without the weight.
 *
 * @throws ConfigError `bad-option`, `bad-size`
 */
export function transportLoss<P extends TensorTree>(
  model: FlowModel<P>,
  { weight = 1, contextWeight = 0, ...options }: TransportLossOptions = {},
): TrainingLoss<P> {
  checkPositive('transportLoss', { weight });
  if (contextWeight !== 0) checkPositive('transportLoss', { contextWeight });
  checkOptions('transportLoss', options);
  const clouds = (params: P, rows: Rows, key: Key): { samples: tf.Tensor; points: tf.Tensor } => {
    const context = contextOf(model, rows);
    const samples = model.sample(key, params, rows.x.shape[0], { context });
    if (context === undefined || contextWeight === 0) return { samples, points: rows.x };
    const extra = tf.mul(contextWeight, context);
    return { samples: tf.concat([samples, extra], 1), points: tf.concat([rows.x, extra], 1) };
  };
  return {
    statistics: ['transport'],
    prepare: (params, rows, key) => {
      const { samples, points } = clouds(params, rows, key);
      return sinkhornPotentials(samples, points, options);
    },
    evaluate: (params, rows, key, prepared) => {
      const { samples, points } = clouds(params, rows, key);
      const transport = sinkhornDivergence(samples, points, prepared as SinkhornPotentials, options);
      return { loss: tf.mul(weight, transport), stats: { transport } };
    },
  };
}

/** `[N, M]`: |x - y|² / 2 of all pairs. */
function halfSquares(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  // Relative to one center, so that squares of far away points do not cancel.
  const center = stopGradient(tf.mean(y, 0, true));
  const [a, b] = [tf.sub(x, center), tf.sub(y, center)];
  const squares = tf.add(tf.sum(tf.square(a), 1, true), tf.sum(tf.square(b), 1));
  return tf.relu(tf.sub(tf.mul(0.5, squares), tf.matMul(a, b, false, true)));
}

/** `-w log mean exp((potential - cost) / w)` over an axis of `cost [N, M]`, whose points `potential` belongs to. */
function softMinimum(
  cost: tf.Tensor,
  potential: tf.Tensor,
  weight: tf.Tensor | number,
  axis: 0 | 1,
): tf.Tensor {
  const along = axis === 1 ? potential : tf.expandDims(potential, 1);
  const exponents = tf.div(tf.sub(along, cost), weight);
  return tf.neg(tf.mul(weight, tf.sub(tf.logSumExp(exponents, axis), Math.log(cost.shape[axis] as number))));
}

function checkOptions(where: string, options: SinkhornOptions): Required<SinkhornOptions> {
  const { blur = 0.05, scaling = 0.7, iterations = 24 } = options;
  checkPositive(where, { blur, scaling });
  checkSizes(where, { iterations });
  if (scaling >= 1)
    throw new ConfigError({
      code: 'bad-option',
      where: `${where}({ scaling })`,
      expected: 'a number between 0 and 1',
      received: String(scaling),
    });
  return { blur, scaling, iterations };
}

function checked(x: tf.Tensor, y: tf.Tensor, options: SinkhornOptions): Required<SinkhornOptions> {
  const where = 'sinkhornDivergence(x, y)';
  checkRows(where, y, [y.shape[1] ?? 0]);
  checkRows(where, x, [y.shape[1] as number]);
  if (x.shape[0] === 0 || y.shape[0] === 0)
    throw new ShapeError({
      code: 'bad-input-shape',
      where,
      expected: 'at least one row each',
      received: `[${x.shape.join(', ')}] and [${y.shape.join(', ')}]`,
    });
  return checkOptions(where, options);
}
