import type * as tf from '@tensorflow/tfjs';
import type { Key, TensorTree } from '@ebim/runtime';

/** What {@link Transform.forward} returns; the caller owns both. */
export interface ForwardResult {
  /** `[batch, ...outputShape]` */
  readonly y: tf.Tensor;
  /** `[batch]`: log |det dy/dx|; for an injection ½ log det JᵀJ. */
  readonly logDetJacobian: tf.Tensor1D;
}

/** What {@link Transform.inverse} returns; the caller owns both. */
export interface InverseResult {
  /** `[batch, ...inputShape]` */
  readonly x: tf.Tensor;
  /** `[batch]`: log |det dx/dy|, the negative of that of `forward` at x. */
  readonly logDetJacobian: tf.Tensor1D;
}

/** What {@link Transform.forwardTangents} returns; the caller owns both. */
export interface ForwardTangents {
  /** `[batch, ...outputShape]` */
  readonly y: tf.Tensor;
  /** `[batch, n, ...outputShape]`: (dy/dx) t for each of the n tangents t of a row. */
  readonly tangents: tf.Tensor;
}

/** What {@link Transform.inverseTangents} returns; the caller owns both. */
export interface InverseTangents {
  /** `[batch, ...inputShape]` */
  readonly x: tf.Tensor;
  /** `[batch, n, ...inputShape]`: (dx/dy) t for each of the n tangents t of a row. */
  readonly tangents: tf.Tensor;
}

/**
 * An invertible map with parameters, as plain data and pure functions: everything can be traced by `compile` and
 * differentiated to any order. Make one with `defineTransform`.
 *
 * Flows store transforms in the direction data -> latent: `forward` normalises, `inverse` generates.
 *
 * @typeParam P tree of parameters
 */
export interface Transform<P extends TensorTree> {
  /** For messages, e.g. `luLinear`. */
  readonly name: string;
  /** Shape of one x, without the batch axis. */
  readonly inputShape: readonly number[];
  /** Shape of one y, without the batch axis. */
  readonly outputShape: readonly number[];
  /** Size of the context (the parameters that a conditional flow depends on); 0: there is none. */
  readonly contextSize: number;
  /** Paths (as `treeEntries` writes them) of the parameters that are stored but not trained: permutations, flags. */
  readonly untrained: readonly string[];
  /** New parameters, a function of the key alone. The caller owns them. */
  init(key: Key): P;
  /**
   * Parameters that suit a first batch of data `x [batch, ...inputShape]` where the transform depends on one (`actNorm`
   * normalises it), else copies of `params`. A pure function: call it once, before training. The caller owns the result.
   */
  initialiseFrom(params: P, x: tf.Tensor, context?: tf.Tensor): P;
  /** `x [batch, ...inputShape]`, `context [batch, contextSize]`. */
  forward(params: P, x: tf.Tensor, context?: tf.Tensor): ForwardResult;
  /** `y [batch, ...outputShape]`, `context [batch, contextSize]`. */
  inverse(params: P, y: tf.Tensor, context?: tf.Tensor): InverseResult;
  /** Value and products with the Jacobian, for `tangents [batch, n, ...inputShape]`. */
  forwardTangents(params: P, x: tf.Tensor, tangents: tf.Tensor, context?: tf.Tensor): ForwardTangents;
  /** The same for the inverse, with `tangents [batch, n, ...outputShape]`. */
  inverseTangents(params: P, y: tf.Tensor, tangents: tf.Tensor, context?: tf.Tensor): InverseTangents;
}

/** A transform with parameters of whatever structure. */
export type AnyTransform = Transform<TensorTree>;
