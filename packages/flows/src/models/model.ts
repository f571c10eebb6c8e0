import type * as tf from '@tensorflow/tfjs';
import type { Key, TensorTree } from '@ebim/runtime';

/**
 * Which log density.
 *
 * - `exact`: the one that the model defines; of the projection of x, with respect to the area of the manifold, for
 *   models with a manifold, else of x in the whole space.
 * - `fixedManifold`: the part of it that depends on the inner flow and the context, for training on a fixed manifold
 *   and for ratios between contexts, where the rest cancels.
 * - `ambient`: of x in the whole space, with a normal distribution of width epsilon off the manifold.
 * - `slice`: `ambient` at the projection of x.
 */
export type DensityMode = 'exact' | 'fixedManifold' | 'ambient' | 'slice';

/** What a {@link FlowModel} draws. */
export interface SampleOptions {
  /** `[count, contextSize]`, for a conditional model. */
  readonly context?: tf.Tensor;
  /** `full` draws coordinates off the manifold too, for models that have a density there. Default `manifold`. */
  readonly mode?: 'manifold' | 'full';
}

/**
 * A model of the M-flow paper as pure functions of its parameters. x is `[batch, d]`, latents are `[batch, n]` (n = d
 * without a manifold), the context is `[batch, contextSize]`. What a model cannot do is a ConfigError that says why.
 *
 * @typeParam P tree of parameters
 */
export interface FlowModel<P extends TensorTree> {
  readonly name: string;
  /** d */
  readonly dataSize: number;
  /** n; d for a model without a manifold. */
  readonly latentSize: number;
  readonly contextSize: number;
  /** Paths of the parameters that are stored but not trained. */
  readonly untrained: readonly string[];
  init(key: Key): P;
  /**
   * Coordinates of x before the inner flow: those on and off the manifold, `[batch, d]`, where the encoder is a flow, those
   * on it, `[batch, n]`, where it is a network. For pictures, and to keep them in the box of the inner flow.
   */
  coordinates(params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor;
  /** Latents of x, standard normal under the model. */
  encode(params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor;
  /** Points of the manifold. */
  decode(params: P, latent: tf.Tensor, context?: tf.Tensor): tf.Tensor;
  /** `decode(encode(x))`: the point of the manifold that stands for x. */
  project(params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor;
  /** `[batch]`: |x - project(x)|. */
  reconstructionError(params: P, x: tf.Tensor, context?: tf.Tensor): tf.Tensor1D;
  /** `[batch]`, in nats. */
  logDensity(params: P, x: tf.Tensor, options?: LogDensityOptions): tf.Tensor1D;
  /** `[count, d]` */
  sample(key: Key, params: P, count: number, options?: SampleOptions): tf.Tensor;
}

/** Options of {@link FlowModel.logDensity}. */
export interface LogDensityOptions {
  readonly context?: tf.Tensor;
  /** Default `exact`. */
  readonly mode?: DensityMode;
}
