import {
  chain,
  luLinear,
  permutation,
  rationalQuadraticCoupling,
  replaceParameters,
  trainedParameters,
  type ChainParams,
  type ParametersByPath,
  type Transform,
} from '@ebim/flows';
import type { ManifoldModel } from '@ebim/implicit';
import { treeMap } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';

/**
 * The bijection h of Figure 2: spline couplings on alternating features, each followed by a random permutation and a
 * linear map. Nothing of its sizes is published; these are spec 3.2's.
 */
export const planeFlow = (): Transform<ChainParams> =>
  chain(
    [0, 1, 2, 3].flatMap((index) => [
      rationalQuadraticCoupling({ size: 2, index, bins: 8, bound: 3, hidden: 32, blocks: 2 }),
      permutation({ size: 2 }),
      luLinear({ size: 2 }),
    ]),
  );

/**
 * The left inverse of an injective flow as a manifold-defining function: F = P h, the first k coordinates of a
 * bijection h. Its Jacobian has full rank everywhere, and its zero set is the image of a plane or line under h^-1, so
 * that it can never be a circle.
 *
 * @param params of the bijection; what of them is not trained (permutations) stays as it is here. They stay the
 *   caller's, and have to live as long as the model is used.
 */
export function leftInverseModel(
  flow: Transform<ChainParams>,
  params: ChainParams,
  codimension: number,
): ManifoldModel<ParametersByPath> {
  const [ambientDimension] = flow.inputShape;
  const value = (trained: ParametersByPath, x: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const { y } = flow.forward(replaceParameters(params, trained), x);
      return tf.slice(y, [0, 0], [-1, codimension]);
    });
  return {
    ambientDimension,
    manifoldDimension: ambientDimension - codimension,
    codimension,
    // The parameters were drawn with those that are not trained.
    init: () => treeMap((leaf: tf.Tensor) => leaf.clone(), trainedParameters(flow, params)),
    value,
    constraint: (trained) => (x) => value(trained, x),
  };
}
