import * as tf from '@tensorflow/tfjs';
import { treeTidy } from '@ebim/runtime';
import { assertSameShape, type TensorFunction } from './arguments.js';
import { grad } from './grad.js';
import { linearize } from './linearize.js';

/** A value and the map from cotangents to Jᵀ v. */
export interface VectorJacobianProduct {
  /** f(x). */
  readonly value: tf.Tensor;
  /** Jᵀ v for v of the shape of f(x); may be called often. */
  readonly vjp: (v: tf.Tensor) => tf.Tensor;
  /** Frees what `vjp` keeps; needed only outside of `tf.tidy`. */
  readonly dispose: () => void;
}

/**
 * f(x), and the product of cotangents with its Jacobian (reverse mode). Call it inside `tf.tidy`.
 *
 * @throws ShapeError `not-a-float-tensor`, `shape-mismatch`
 */
export function vjp(f: TensorFunction, x: tf.Tensor): VectorJacobianProduct {
  const { value, vjp, dispose } = linearize(f, x);
  return { value, vjp, dispose };
}

/**
 * f(x) and the derivative of f at x in the direction u (forward mode, by transposing reverse mode: exact).
 *
 * @param u of the shape of x
 * @returns `tangent` J u, of the shape of f(x)
 * @throws ShapeError `not-a-float-tensor`, `shape-mismatch`
 */
export function jvp(f: TensorFunction, x: tf.Tensor, u: tf.Tensor): { value: tf.Tensor; tangent: tf.Tensor } {
  return treeTidy(() => {
    const { value, jvp } = linearize(f, x);
    return { value, tangent: jvp(u) };
  });
}

/**
 * The Hessian of f at x times u, without forming it. An f with one value a row, `[batch, n] -> [batch]`, is summed,
 * which gives the product of every row with the Hessian of that row.
 *
 * @param f scalar or one value a row
 * @param u of the shape of x
 * @returns of the shape of x; zero for a linear f
 * @throws ShapeError `not-a-float-tensor`, `shape-mismatch`
 */
export function hvp(f: TensorFunction, x: tf.Tensor, u: tf.Tensor): tf.Tensor {
  assertSameShape(u, x, 'hvp: u');
  const gradient = grad((y: tf.Tensor) => tf.sum(f(y)));
  return grad((y: tf.Tensor) => tf.sum(tf.mul(gradient(y), u)))(x);
}
