import * as tf from '@tensorflow/tfjs';
import { linearize } from '@ebim/autodiff';
import { ShapeError } from '@ebim/runtime';

/** A manifold-defining function `[B, ...] -> [B, k]`: the manifold is where all `k` outputs are zero. */
export type Constraint = (x: tf.Tensor) => tf.Tensor;

/** Up to this codimension the Jacobian is built row by row; beyond it only its products are used. */
export const DENSE_CODIMENSION = 4;

/** A constraint and its Jacobian J `[B, k, n]` at one point, from one evaluation. To be used in one `tf.tidy`. */
export interface ConstraintFrame {
  /** `F(x)`, `[B, k]`. */
  readonly value: tf.Tensor;
  readonly codimension: number;
  /** J `[B, k, n]` where it was built, else `null`. */
  readonly rows: tf.Tensor | null;
  /** J u: `[B, n] -> [B, k]`. */
  readonly jvp: (u: tf.Tensor) => tf.Tensor;
  /** J^T v: `[B, k] -> [B, n]`. */
  readonly vjp: (v: tf.Tensor) => tf.Tensor;
}

/**
 * Evaluates the constraint and its Jacobian once.
 *
 * @param x `[B, n]`
 * @param dense builds J by k vector-Jacobian products. Default: for k up to {@link DENSE_CODIMENSION}.
 * @throws ShapeError `bad-constraint` unless the value is `[B, k]`
 */
export function constraintFrame(constraint: Constraint, x: tf.Tensor, dense?: boolean): ConstraintFrame {
  const { value, jvp, vjp } = linearize(constraint, x);
  checkValue(value, x);
  const [batch, codimension] = value.shape;
  if (codimension === 1) return singleRowFrame(value, vjp(tf.ones([batch, 1])));
  if (dense ?? codimension <= DENSE_CODIMENSION) return rowsFrame(value, vjp);
  return { value, codimension, rows: null, jvp, vjp };
}

/** The frame at a point where the value `[B, k]` and the rows of J `[B, k, n]` are known. */
export function frameOfRows(value: tf.Tensor, rows: tf.Tensor): ConstraintFrame {
  const [, codimension = 1] = value.shape;
  if (codimension === 1) return singleRowFrame(value, tf.squeeze(rows, [1]));
  return {
    value,
    codimension,
    rows,
    jvp: (u) => tf.sum(tf.mul(rows, tf.expandDims(u, 1)), 2),
    vjp: (v) => tf.sum(tf.mul(rows, tf.expandDims(v, 2)), 1),
  };
}

function singleRowFrame(value: tf.Tensor, row: tf.Tensor): ConstraintFrame {
  return {
    value,
    codimension: 1,
    rows: tf.expandDims(row, 1),
    jvp: (u) => tf.sum(tf.mul(row, u), 1, true),
    vjp: (v) => tf.mul(row, v),
  };
}

function rowsFrame(value: tf.Tensor, vjp: (v: tf.Tensor) => tf.Tensor): ConstraintFrame {
  const [batch, k] = value.shape;
  const unit = (i: number): tf.Tensor => tf.tile(tf.oneHot(tf.tensor1d([i], 'int32'), k), [batch, 1]);
  const rows = tf.stack(
    Array.from({ length: k }, (_, i) => vjp(tf.cast(unit(i), 'float32'))),
    1,
  );
  return frameOfRows(value, rows);
}

/**
 * Size of a row of J `[B]`: what turns a value of F into a distance. The root mean square of the rows, or an estimate
 * of it where J was not built.
 */
export function rowScale({ rows, codimension, value, vjp }: ConstraintFrame): tf.Tensor {
  // Of |J^T v|^2 / k the mean over random signs v is the mean square of the rows; one fixed v has to do.
  const squares = rows === null ? tf.square(vjp(tf.onesLike(value))) : tf.square(rows);
  return tf.sqrt(tf.div(tf.sum(squares, rows === null ? 1 : [1, 2]), codimension));
}

/** Largest `|F_i|` of every chain: `[B, k] -> [B]`. */
export const violation = (value: tf.Tensor): tf.Tensor => tf.max(tf.abs(value), 1);

/** Euclidean norm of every row: `[B, n] -> [B]`. */
export const rowNorm = (x: tf.Tensor): tf.Tensor => tf.sqrt(tf.sum(tf.square(x), 1));

function checkValue(value: tf.Tensor, x: tf.Tensor): void {
  if (value.rank !== 2 || value.shape[0] !== x.shape[0])
    throw new ShapeError({
      code: 'bad-constraint',
      where: 'constraint(x)',
      expected: `values of shape [${x.shape[0]}, k]`,
      received: `[${value.shape}]`,
      hint: 'A constraint maps [batch, n] to [batch, k], also when k is 1.',
    });
}
