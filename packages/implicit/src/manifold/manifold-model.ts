import type { Network } from '@ebim/nn';
import { ConfigError, type Key, type TensorTree } from '@ebim/runtime';
import type * as tf from '@tensorflow/tfjs';
import type { Constraint } from '@ebim/samplers';

/** A manifold-defining function whose parameters are still open: F_theta of the papers. */
export interface ManifoldModel<P extends TensorTree> {
  /** n, the numbers in a point. */
  readonly ambientDimension: number;
  /** m = n - k. */
  readonly manifoldDimension: number;
  /** k, the outputs of F. */
  readonly codimension: number;
  init(key: Key): P;
  /** `[batch, n] -> [batch, k]` */
  value(params: P, x: tf.Tensor): tf.Tensor;
  /** F with its parameters bound, as samplers, metrics and plots want it. */
  constraint(params: P): Constraint;
}

/**
 * Reads a network `n -> k` as a manifold-defining function: its zero set is a manifold of dimension n - k wherever
 * its Jacobian has full rank (P2 section 3.1).
 *
 * @throws ConfigError `no-codimension` unless 1 <= k < n
 * @example
 * ```ts
 * import { manifoldModel } from '@ebim/implicit';
 * import { mlp } from '@ebim/nn';
 *
 * const model = manifoldModel(mlp({ inputSize: 3, outputSize: 1, hidden: [8, 8, 8] }));
 * console.log(model.manifoldDimension); // 2: a surface
 * ```
 */
export function manifoldModel<P extends TensorTree>(network: Network<P>): ManifoldModel<P> {
  const product = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1);
  const [n, k] = [product(network.inputShape), product(network.outputShape)];
  if (network.inputShape.length !== 1 || network.outputShape.length !== 1 || k < 1 || k >= n)
    throw new ConfigError({
      code: 'no-codimension',
      where: 'manifoldModel(network)',
      expected: 'a network from n numbers to fewer, at least one',
      received: `[${network.inputShape.join(', ')}] to [${network.outputShape.join(', ')}]`,
      hint: 'The outputs are the codimension: ambient dimension minus manifold dimension.',
      details: { inputShape: network.inputShape, outputShape: network.outputShape },
    });
  const value = (params: P, x: tf.Tensor) => network.apply(params, x);
  return {
    ambientDimension: n,
    manifoldDimension: n - k,
    codimension: k,
    init: (key) => network.init(key),
    value,
    constraint: (params) => (x) => value(params, x),
  };
}
