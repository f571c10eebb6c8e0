import * as tf from '@tensorflow/tfjs';
import { ShapeError, treeLeaves, treeMap, treeTidy, treeUnflatten, type TensorTree } from '@ebim/runtime';
import { backpropagate } from '../tape/backpropagate.js';
import { keepWithTape, nextTensorId } from '../tape/engine.js';
import { record } from '../tape/record.js';
import { assertFloatTree, describe, ownLeaves } from './arguments.js';

/** A loss and what else its computation gives. */
export interface LossWithAux<X extends TensorTree> {
  /** Scalar. */
  readonly loss: tf.Tensor;
  /** Not differentiated, e.g. statistics. */
  readonly aux: X;
}

/**
 * The function that evaluates a loss, its by-products and its gradient with respect to the first argument in one
 * go. The other arguments may be anything; for gradients with respect to several arguments pass them as one tree,
 * e.g. an array, in the first.
 *
 * The gradient has the structure of `params`, and is zero (not an error) at leaves that the loss does not depend
 * on. All results belong to the caller. Nests to any order.
 *
 * @param f `(params, ...args) => { loss: scalar, aux: tree }`
 * @throws ShapeError `loss-not-scalar`, `not-a-float-tensor`
 *
 * @example
 * ```ts
 * const step = valueAndGradWithAux((p: { w: tf.Tensor }, x: tf.Tensor) => {
 *   const error = tf.sub(tf.dot(x, p.w), 1);
 *   return { loss: tf.mean(tf.square(error)), aux: { largest: tf.max(tf.abs(error)) } };
 * });
 * const { value, aux, grad } = step({ w: tf.ones([3]) }, tf.ones([8, 3]));
 * ```
 */
export function valueAndGradWithAux<P extends TensorTree, A extends unknown[], X extends TensorTree>(
  f: (params: P, ...args: A) => LossWithAux<X>,
): (params: P, ...args: A) => { value: tf.Scalar; aux: X; grad: P } {
  return (params, ...args) =>
    treeTidy(() => {
      assertFloatTree(params, 'grad: params');
      const mark = nextTensorId();
      // A tensor of its own, so that the same tensor used inside f through a closure stays a constant.
      const inputs = treeMap((leaf) => leaf.clone(), params);
      treeLeaves(inputs).forEach(keepWithTape);
      const recording = record(() => {
        const { loss, aux } = f(inputs, ...args);
        assertScalar(loss);
        const taken = new Set(treeLeaves(inputs));
        return { value: ownLeaves(loss, mark, taken) as tf.Scalar, aux: ownLeaves(aux, mark, taken) };
      });
      try {
        const { value, aux } = recording.value;
        const xs = treeLeaves(inputs);
        const adjoints = backpropagate(recording.nodes, xs, value, tf.onesLike(value));
        const grad = treeUnflatten(
          params,
          adjoints.map((adjoint, i) => adjoint ?? tf.zerosLike(xs[i])),
        );
        return { value, aux, grad };
      } finally {
        recording.release();
      }
    });
}

/**
 * The function that evaluates a scalar loss and its gradient with respect to the first argument. See
 * {@link valueAndGradWithAux}.
 *
 * @throws ShapeError `loss-not-scalar`, `not-a-float-tensor`
 */
export function valueAndGrad<P extends TensorTree, A extends unknown[]>(
  f: (params: P, ...args: A) => tf.Tensor,
): (params: P, ...args: A) => { value: tf.Scalar; grad: P } {
  const transformed = valueAndGradWithAux((params: P, ...args: A) => ({ loss: f(params, ...args), aux: [] }));
  return (params, ...args) => {
    const { value, grad } = transformed(params, ...args);
    return { value, grad };
  };
}

/**
 * The gradient of a scalar loss with respect to the first argument, as a tree of its structure; zero where the
 * loss does not depend on a leaf. See {@link valueAndGradWithAux}.
 *
 * @throws ShapeError `loss-not-scalar`, `not-a-float-tensor`
 *
 * @example
 * ```ts
 * const third = grad(grad(grad((x: tf.Tensor) => tf.sum(tf.exp(x)))))  // needs a scalar x
 * ```
 */
export function grad<P extends TensorTree, A extends unknown[]>(
  f: (params: P, ...args: A) => tf.Tensor,
): (params: P, ...args: A) => P {
  const transformed = valueAndGrad(f);
  return (params, ...args) =>
    treeTidy(() => {
      const result = transformed(params, ...args);
      return result.grad;
    });
}

function assertScalar(loss: tf.Tensor): void {
  if (!(loss instanceof tf.Tensor) || loss.rank !== 0 || loss.dtype !== 'float32')
    throw new ShapeError({
      code: 'loss-not-scalar',
      where: 'grad: value of the function',
      expected: 'a float32 scalar',
      received: describe(loss),
      hint: 'Reduce it with tf.sum or tf.mean, or use vjp or jacobian.',
    });
}
