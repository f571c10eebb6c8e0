import * as tf from '@tensorflow/tfjs';
import { violation, type Constraint, type ConstraintFrame } from '../constraint/constraint-frame.js';

/**
 * Find the multipliers with `F(c(lambda)) = 0` where `c(lambda) = start - (stepSize / 2) J(q)^T lambda`: a step of
 * constrained Langevin dynamics, from `lambda = 0`.
 */
export interface ConstraintProblem {
  readonly constraint: Constraint;
  /** At q, the point that the step began at. */
  readonly frame: ConstraintFrame;
  /** `c(0)`, `[B, n]`. */
  readonly start: tf.Tensor;
  readonly stepSize: number;
  /** Size of a row of J at q, `[B]`. */
  readonly scale: tf.Tensor;
  /** Violation `[B]` that a step may end with. */
  readonly acceptable: tf.Tensor;
}

/** What a solver hands back: `c(lambda)`, F there, and the number of its iterations. */
export type ConstraintSolution = {
  /** `[B, n]` */
  readonly position: tf.Tensor;
  /** `[B, k]` */
  readonly value: tf.Tensor;
  /** Violation there, `[B]`. */
  readonly size: tf.Tensor;
  /** int32 scalar, the largest of the batch */
  readonly iterations: tf.Tensor;
  /** The rows of J there, `[B, k, n]`, of a solver that knows them. */
  readonly rows?: tf.Tensor;
};

/** The carry of an iterative solver. */
export type IterativeCarry = ConstraintSolution & {
  /** Bool `[B]`: still iterating. */
  readonly active: tf.Tensor;
};

/** The loop of an iterative solver: from `c(0)`, by steps, until every chain is done or has given up. */
export interface Iteration {
  readonly start: IterativeCarry;
  readonly goesOn: (carry: IterativeCarry) => tf.Tensor;
  /** The carry after a step `-step` `[B, n]` of the active chains. */
  readonly advance: (carry: IterativeCarry, step: tf.Tensor) => IterativeCarry;
}

/** Less than this share of the violation left after an iteration counts as progress. */
const PROGRESS = 0.9;
/** A violation that grows by more in one iteration is taken for divergence. */
const DIVERGENCE = 2;

/**
 * A chain is done when its violation is within the tolerance, or when it is acceptable and makes no more progress: it
 * has met the rounding of F. It gives up when its violation grows or is NaN: a step that is long against the radius
 * of curvature has no solution. A chain that is not active stays where it is, so that its result does not depend on
 * the others of its batch.
 *
 * @param tolerance of the violation, relative to the size of a row of J
 */
export function iteration(problem: ConstraintProblem, tolerance: number): Iteration {
  const { constraint, scale, start, acceptable } = problem;
  const target = tf.mul(scale, tolerance);
  const one = tf.scalar(1, 'int32');
  const value = constraint(start);
  const size = violation(value);
  return {
    start: {
      position: start,
      value,
      size,
      active: tf.greater(size, target),
      iterations: tf.scalar(0, 'int32'),
    },
    goesOn: ({ active }) => tf.any(active),
    advance: (before, step) => {
      const mask = tf.expandDims(before.active, 1);
      const position = tf.where(mask, tf.sub(before.position, step), before.position);
      const value = constraint(position);
      const size = violation(value);
      const ratio = tf.div(size, before.size);
      // Progress is asked for only of an acceptable chain; NaN fails every comparison.
      const open = tf.logicalAnd(tf.greater(size, acceptable), tf.less(ratio, DIVERGENCE));
      const goesOn = tf.logicalAnd(tf.greater(size, target), tf.logicalOr(open, tf.less(ratio, PROGRESS)));
      return {
        position,
        value,
        size,
        active: tf.logicalAnd(before.active, goesOn),
        iterations: tf.add(before.iterations, one),
      };
    },
  };
}

/** The multipliers' step from one space to the other: `start - (stepSize / 2) J(q)^T lambda`. */
export const displaced = ({ frame, start, stepSize }: ConstraintProblem, lambda: tf.Tensor): tf.Tensor =>
  tf.sub(start, frame.vjp(tf.mul(lambda, stepSize / 2)));
