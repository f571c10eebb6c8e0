import * as tf from '@tensorflow/tfjs';
import { backpropagate } from '../tape/backpropagate.js';
import { engineState, isRecording, keepWithTape, nextTensorId } from '../tape/engine.js';
import { record, type Recording } from '../tape/record.js';
import { assertFloatTensor, assertSameShape, ownLeaves, type TensorFunction } from './arguments.js';

/** A function at a point: its value and its derivative as a linear map, forwards and backwards. */
export interface Linearization {
  /** f(x). */
  readonly value: tf.Tensor;
  /** J u for a tangent u of the shape of x; the shape of f(x). */
  readonly jvp: (u: tf.Tensor) => tf.Tensor;
  /** Jᵀ v for a cotangent v of the shape of f(x); the shape of x. */
  readonly vjp: (v: tf.Tensor) => tf.Tensor;
  /**
   * Frees what the products keep. Needed only when the linearization was made outside of `tf.tidy`; the products
   * may not be used afterwards.
   */
  readonly dispose: () => void;
}

/**
 * Evaluates `f` once and hands back its value and both products with its Jacobian, which reuse that evaluation.
 * For a batched f they are the products of every row with the Jacobian of that row.
 *
 * Call it inside `tf.tidy`, which then frees what the products keep. Both products are linear, exact and
 * differentiable; under an outer gradient also with respect to x and everything that f uses. A linearization made
 * outside of a gradient is a constant to it.
 *
 * @param f from one float tensor to one float tensor
 * @param x where to linearize
 * @throws ShapeError `not-a-float-tensor`, `shape-mismatch` for a product with a vector of another shape
 *
 * @example
 * ```ts
 * tf.tidy(() => {
 *   const { value, jvp, vjp } = linearize((x) => tf.sum(tf.square(x), 1, true), tf.ones([10, 3]));
 *   const jjt = jvp(vjp(tf.ones([10, 1])));   // J Jᵀ of every row: 4 |x|²
 * });
 * ```
 */
export function linearize(f: TensorFunction, x: tf.Tensor): Linearization {
  assertFloatTensor(x, 'linearize: x');
  const scope = engineState().activeScope;
  // What has to be freed by hand where no tidy does it.
  const held: (() => void)[] = [];
  const hold = (recording: Recording<tf.Tensor>): void => {
    if (scope === null) held.push(recording.release);
    else recording.releaseWith(scope);
  };
  const mark = nextTensorId();
  const input = x.clone();
  keepWithTape(input);
  const primal = record(() => {
    const y = f(input);
    assertFloatTensor(y, 'linearize: value of the function');
    return ownLeaves(y, mark, new Set([input]));
  });
  hold(primal);
  if (scope === null && !input.kept) held.push(() => input.dispose());
  const { value } = primal;
  const pullBack = (v: tf.Tensor): tf.Tensor =>
    backpropagate(primal.nodes, [input], value, v)[0] ?? tf.zeros(input.shape);

  // One recording of Jᵀ for use inside of the gradient that recorded f, one for use outside.
  const transposed: { shared?: PushForward; isolated?: PushForward } = {};
  return {
    value,
    vjp: (v) => {
      assertSameShape(v, value, 'vjp: v');
      return pullBack(v);
    },
    jvp: (u) => {
      assertSameShape(u, input, 'jvp: u');
      const isolated = primal.isolated || !isRecording();
      const pushForward = (transposed[isolated ? 'isolated' : 'shared'] ??= transpose(
        pullBack,
        value.shape,
        isolated,
        hold,
      ));
      return pushForward(u);
    },
    dispose: () => held.splice(0).forEach((release) => release()),
  };
}

type PushForward = (u: tf.Tensor) => tf.Tensor;

/**
 * J from Jᵀ: pulling u back through the recording of v -> Jᵀ v gives J u, because that map is linear. Only the
 * operations that depend on v run for a product.
 */
function transpose(
  pullBack: (v: tf.Tensor) => tf.Tensor,
  shape: number[],
  isolated: boolean,
  hold: (recording: Recording<tf.Tensor>) => void,
): PushForward {
  const origin = tf.zeros(shape);
  const recording = record(() => pullBack(origin), isolated);
  hold(recording);
  const { nodes, value } = recording;
  tf.dispose([origin, value]);
  return (u) => backpropagate(nodes, [origin], value, u)[0] ?? tf.zeros(shape);
}
