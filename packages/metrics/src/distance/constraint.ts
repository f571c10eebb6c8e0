import * as tf from '@tensorflow/tfjs';
import { jacobian } from '@ebim/autodiff';
import { ConfigError, ShapeError } from '@ebim/runtime';
import { checkPoints, type Points } from '../points.js';

/** Value and Jacobian of a constraint F: R^n -> R^k at one point, or at many, one after the other. */
export interface ConstraintEvaluation {
  /** F, [k] a point. */
  readonly value: Float64Array;
  /** dF_i / dx_j, row-major [k, n] a point. */
  readonly jacobian: Float64Array;
}

/** F and its Jacobian at one point, on the host in float64. */
export type PointConstraint = (x: Float64Array) => ConstraintEvaluation;

/** F and its Jacobian at many points at once. */
export interface BatchedConstraint {
  /** n. */
  readonly dimension: number;
  /** k. */
  readonly codimension: number;
  /** Relative rounding error of one evaluation: 2^-52 in float64, 2^-23 in float32. Default 2^-52. */
  readonly epsilon?: number;
  evaluate(points: Points): ConstraintEvaluation | Promise<ConstraintEvaluation>;
}

/** A manifold {F = 0}, by one point or by many. */
export type ManifoldConstraint = PointConstraint | BatchedConstraint;

/**
 * The batched form of a constraint on points of `dimension` coordinates.
 *
 * @throws ShapeError when value or Jacobian do not fit `dimension`
 */
export function asBatched(
  constraint: ManifoldConstraint,
  dimension: number,
  where: string,
): BatchedConstraint {
  if (typeof constraint !== 'function') {
    if (constraint.dimension !== dimension) {
      throw new ShapeError({
        code: 'shape-mismatch',
        where,
        expected: `points of ${constraint.dimension} coordinates, as the constraint takes`,
        received: String(dimension),
      });
    }
    return constraint;
  }
  const codimension = constraint(new Float64Array(dimension)).value.length;
  return {
    dimension,
    codimension,
    evaluate: (points) => {
      const value = new Float64Array(points.rows * codimension);
      const jacobian = new Float64Array(points.rows * codimension * dimension);
      for (let i = 0; i < points.rows; i++) {
        const one = constraint(points.data.slice(i * dimension, (i + 1) * dimension));
        if (one.value.length !== codimension || one.jacobian.length !== codimension * dimension) {
          throw new ShapeError({
            code: 'shape-mismatch',
            where,
            expected: `a value [${codimension}] and a Jacobian [${codimension}, ${dimension}]`,
            received: `${one.value.length} and ${one.jacobian.length} numbers`,
          });
        }
        value.set(one.value, i * codimension);
        jacobian.set(one.jacobian, i * codimension * dimension);
      }
      return { value, jacobian };
    },
  };
}

/** Options of {@link tensorConstraint}. */
export interface TensorConstraintOptions {
  readonly dimension: number;
  readonly codimension: number;
  /** Points evaluated at once. Default 1024. */
  readonly batchSize?: number;
}

/**
 * Constraint from a tensor function [batch, n] -> [batch, k]. Values have the precision of float32 (about 1e-7 of
 * the terms inside F), so distances below roughly 1e-6 are noise; `hostMlp` evaluates learned networks in float64.
 *
 * @throws ConfigError for sizes that are not whole and positive
 */
export function tensorConstraint(
  f: (x: tf.Tensor) => tf.Tensor,
  options: TensorConstraintOptions,
): BatchedConstraint {
  const { dimension, codimension, batchSize = 1024 } = options;
  for (const [name, size] of Object.entries({ dimension, codimension, batchSize })) {
    if (Number.isInteger(size) && size > 0) continue;
    throw new ConfigError({
      code: 'invalid-option',
      where: `tensorConstraint: ${name}`,
      expected: 'a whole number > 0',
      received: String(size),
    });
  }
  const evaluateBatch = async (data: Float64Array): Promise<ConstraintEvaluation> => {
    const rows = data.length / dimension;
    const [value, derivative] = tf.tidy(() => {
      const x = tf.tensor2d(Float32Array.from(data), [rows, dimension]);
      return [f(x), jacobian(f)(x)];
    });
    try {
      if (value.size !== rows * codimension) {
        throw new ShapeError({
          code: 'shape-mismatch',
          where: 'tensorConstraint',
          expected: `[${rows}, ${codimension}]`,
          received: `[${value.shape.join(', ')}]`,
        });
      }
      return {
        value: Float64Array.from(await value.data()),
        jacobian: Float64Array.from(await derivative.data()),
      };
    } finally {
      tf.dispose([value, derivative]);
    }
  };
  return {
    dimension,
    codimension,
    epsilon: 2 ** -23,
    evaluate: async (points) => {
      checkPoints(points, 'tensorConstraint');
      const value = new Float64Array(points.rows * codimension);
      const derivative = new Float64Array(points.rows * codimension * dimension);
      for (let start = 0; start < points.rows; start += batchSize) {
        const end = Math.min(points.rows, start + batchSize);
        const part = await evaluateBatch(points.data.slice(start * dimension, end * dimension));
        value.set(part.value, start * codimension);
        derivative.set(part.jacobian, start * codimension * dimension);
      }
      return { value, jacobian: derivative };
    },
  };
}
