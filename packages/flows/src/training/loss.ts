import type * as tf from '@tensorflow/tfjs';
import type { Key, TensorTree } from '@ebim/runtime';
import type { Rows } from './rows.js';

/** A loss and what else is worth knowing. */
export interface LossTerms {
  /** Scalar. */
  readonly loss: tf.Tensor;
  /** Scalars by the names that the loss declares. */
  readonly stats: Readonly<Record<string, tf.Tensor>>;
}

/**
 * What a phase of training minimises: pure functions that can be traced.
 *
 * @typeParam P tree of the parameters of the model
 */
export interface TrainingLoss<P extends TensorTree> {
  /** Names of its statistics. */
  readonly statistics: readonly string[];
  /** What the loss takes for constant, computed at the same parameters without a gradient. */
  readonly prepare?: (params: P, rows: Rows, key: Key) => TensorTree;
  readonly evaluate: (params: P, rows: Rows, key: Key, prepared: TensorTree) => LossTerms;
}

/** Prepares and evaluates. Not tidied. */
export const lossAt = <P extends TensorTree>(
  { prepare, evaluate }: TrainingLoss<P>,
  params: P,
  rows: Rows,
  key: Key,
): LossTerms => evaluate(params, rows, key, prepare?.(params, rows, key) ?? []);
