import * as tf from '@tensorflow/tfjs';
import { whileLoop } from '@ebim/compiler';
import { squaredNorm } from '../norms/norms.js';
import type { ResolvedOptions } from './conjugate-gradient-options.js';

/** A batched linear map `[batch, k] -> [batch, k]`, symmetric and positive definite in every row. */
export type LinearOperator = (v: tf.Tensor) => tf.Tensor;

/** What became of every row. */
export interface ConjugateGradientStatus {
  readonly [name: string]: tf.Tensor;
  /** `[batch]` bool: relative residual below the tolerance. */
  readonly converged: tf.Tensor;
  /** `[batch]` int32: iterations in which the row was updated. */
  readonly iterations: tf.Tensor;
  /** `[batch]` relative residual, by the recursion of the method. */
  readonly residual: tf.Tensor;
  /** `[batch]` bool: false where NaN or infinity came up; such a row keeps its last finite solution. */
  readonly finite: tf.Tensor;
}

/** Solutions and their status, all owned by the caller. */
export interface ConjugateGradientResult {
  /** `[batch, k]` */
  readonly x: tf.Tensor;
  readonly status: ConjugateGradientStatus;
}

/** State of the iteration. Vectors are `[batch, k]`, columns `[batch, 1]`. */
interface State {
  readonly [name: string]: tf.Tensor;
  readonly x: tf.Tensor;
  readonly residual: tf.Tensor;
  readonly direction: tf.Tensor;
  /** rᵀ M r, column. */
  readonly inner: tf.Tensor;
  /** |r|, column. */
  readonly norm: tf.Tensor;
  /** Bool columns. */
  readonly active: tf.Tensor;
  readonly finite: tf.Tensor;
  /** int32 column. */
  readonly iterations: tf.Tensor;
  /** int32 scalar. */
  readonly step: tf.Tensor;
}

/** Values only: derivatives are added by `conjugateGradient`. */
export function conjugateGradientLoop(
  operator: LinearOperator,
  b: tf.Tensor,
  options: ResolvedOptions,
): ConjugateGradientResult {
  const { tolerance, minIterations, maxIterations, stopping, initial } = options;
  const length = tf.sqrt(squaredNorm(b, 1, true));
  const scale = tf.where(tf.less(length, 1e-10), tf.onesLike(length), length);
  const start = startState(operator, tf.div(b, scale), initial && tf.div(initial, scale), options);
  const last = whileLoop<State>(
    ({ active, norm, finite, step }) => {
      const some = tf.any(active);
      if (stopping === 'each') return some;
      const mean = tf.mean(tf.where(finite, norm, tf.zerosLike(norm)));
      return tf.logicalAnd(
        some,
        tf.logicalOr(tf.less(step, minIterations), tf.greaterEqual(mean, tolerance)),
      );
    },
    (state) => iterate(operator, state, options),
    start,
    { maxIterations },
  );
  const column = (t: tf.Tensor): tf.Tensor => tf.squeeze(t, [1]);
  return {
    x: tf.mul(last.x, scale),
    status: {
      converged: column(tf.logicalAnd(last.finite, tf.less(last.norm, tolerance))),
      iterations: column(last.iterations),
      residual: column(last.norm),
      finite: column(last.finite),
    },
  };
}

function startState(
  operator: LinearOperator,
  rhs: tf.Tensor,
  initial: tf.Tensor | undefined,
  options: ResolvedOptions,
): State {
  const x = initial ?? tf.zerosLike(rhs);
  const residual = initial === undefined ? rhs : tf.sub(rhs, operator(initial));
  const direction = options.preconditioner?.(residual) ?? residual;
  const inner = tf.sum(tf.mul(residual, direction), 1, true);
  const norm = tf.sqrt(squaredNorm(residual, 1, true));
  const finite = tf.isFinite(norm);
  const step = tf.scalar(0, 'int32');
  const active = tf.logicalAnd(finite, stillNeeded(norm, step, options));
  const iterations = tf.zeros(norm.shape, 'int32');
  return { x, residual, direction, inner, norm, active, finite, iterations, step };
}

function iterate(operator: LinearOperator, state: State, options: ResolvedOptions): State {
  const { x, residual, direction, inner, norm, active, finite } = state;
  const image = operator(direction);
  const curvature = tf.sum(tf.mul(direction, image), 1, true);
  const positive = isAbove(curvature, options.divisionGuard);
  const size = tf.where(
    tf.logicalAnd(positive, active),
    tf.div(inner, tf.where(positive, curvature, tf.onesLike(curvature))),
    tf.zerosLike(inner),
  );
  const nextX = tf.add(x, tf.mul(size, direction));
  const nextResidual = tf.sub(residual, tf.mul(size, image));
  const steepest = options.preconditioner?.(nextResidual) ?? nextResidual;
  const nextInner = tf.sum(tf.mul(nextResidual, steepest), 1, true);
  const divisible = isAbove(inner, options.divisionGuard);
  const mix = tf.where(
    divisible,
    tf.div(nextInner, tf.where(divisible, inner, tf.onesLike(inner))),
    tf.zerosLike(inner),
  );
  const nextNorm = tf.sqrt(squaredNorm(nextResidual, 1, true));
  const good = tf.isFinite(tf.add(nextNorm, tf.sum(nextX, 1, true)));
  const step = tf.add(state.step, tf.scalar(1, 'int32'));
  const needed = tf.logicalAnd(tf.logicalAnd(active, good), stillNeeded(nextNorm, step, options));
  const update = (after: tf.Tensor, before: tf.Tensor): tf.Tensor =>
    tf.where(tf.broadcastTo(good, before.shape), after, before);
  return {
    x: update(nextX, x),
    residual: update(nextResidual, residual),
    direction: update(tf.add(steepest, tf.mul(mix, direction)), direction),
    inner: update(nextInner, inner),
    norm: update(nextNorm, norm),
    // Where nothing curves upwards no later step moves either; the reference goes on nevertheless.
    active: options.stopping === 'each' ? tf.logicalAnd(needed, positive) : needed,
    finite: tf.logicalAnd(finite, tf.logicalOr(good, tf.logicalNot(active))),
    iterations: tf.add(state.iterations, tf.cast(active, 'int32')),
    step,
  };
}

/** Without a guard exactly 0 is no denominator either. */
const isAbove = (x: tf.Tensor, guard: number): tf.Tensor =>
  guard === 0 ? tf.greater(x, 0) : tf.greaterEqual(x, guard);

/** Bool column: rows that another iteration should update. */
function stillNeeded(norm: tf.Tensor, step: tf.Tensor, options: ResolvedOptions): tf.Tensor {
  const open = tf.greaterEqual(norm, options.freezeBelow);
  if (options.stopping === 'batchMean') return open;
  const early = tf.less(step, options.minIterations);
  return tf.logicalAnd(open, tf.logicalOr(early, tf.greaterEqual(norm, options.tolerance)));
}
