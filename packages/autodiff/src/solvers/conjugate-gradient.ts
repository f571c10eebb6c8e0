import * as tf from '@tensorflow/tfjs';
import { ShapeError, treeTidy } from '@ebim/runtime';
import { backpropagate } from '../tape/backpropagate.js';
import { nextTensorId, recordingDepth, untaped } from '../tape/engine.js';
import { record } from '../tape/record.js';
import { assertFloatTensor, assertSameShape, describe, ownLeaves } from '../transforms/arguments.js';
import {
  conjugateGradientLoop,
  type ConjugateGradientResult,
  type LinearOperator,
} from './conjugate-gradient-loop.js';
import {
  resolveOptions,
  type ConjugateGradientOptions,
  type ResolvedOptions,
} from './conjugate-gradient-options.js';
import { solveScalars } from './conjugate-gradient-scalar.js';

/**
 * Solves `A x = b` for every row by conjugate gradients, given only products with the symmetric, positive definite
 * A of each row. Rows have scalars of their own, so a hard row does not disturb an easy one. Reports, and does not
 * throw, when a row does not converge.
 *
 * Systems of size k = 1 are divided directly; `initial` and `preconditioner` play no part then.
 *
 * Differentiable to any order with respect to b and everything that the operator uses, by implicit
 * differentiation: the gradient of the solution is another solve with the same options, not the derivative of the
 * iterations. `initial` and `preconditioner` have no derivative. Under a gradient the operator runs once more for
 * each order.
 *
 * @param operator `v [batch, k] -> A v [batch, k]`, linear
 * @param b `[batch, k]`
 * @returns `x [batch, k]` and a status for every row, see {@link ConjugateGradientResult}
 * @throws ShapeError `not-a-float-tensor`, `not-a-matrix`, `shape-mismatch`
 * @throws ConfigError `bad-tolerance`, `bad-iterations`, `bad-stopping`
 *
 * @example
 * ```ts
 * // (J Jᵀ) y = b for the Jacobian J of a constraint at q, without forming J
 * const constraint = (x: tf.Tensor) => tf.square(x);
 * const [q, b] = [tf.ones([1, 2]), tf.tensor2d([[4, 8]])];
 * const { jvp, vjp } = linearize(constraint, q);
 * const { x: y, status } = conjugateGradient((v) => jvp(vjp(v)), b, correctedConjugateGradient(2));
 * ```
 */
export function conjugateGradient(
  operator: LinearOperator,
  b: tf.Tensor,
  options: ConjugateGradientOptions = {},
): ConjugateGradientResult {
  assertFloatTensor(b, 'conjugateGradient: b');
  if (b.rank !== 2)
    throw new ShapeError({
      code: 'not-a-matrix',
      where: 'conjugateGradient: b',
      expected: '[batch, k]',
      received: describe(b),
    });
  const [, k] = b.shape as [number, number];
  const resolved = resolveOptions(options, k);
  const { initial } = resolved;
  if (initial !== undefined) assertSameShape(initial, b, 'conjugateGradient: initial');
  const checked: LinearOperator = (v) => {
    const image = operator(v);
    assertSameShape(image, b, 'conjugateGradient: operator(v)');
    return image;
  };
  const solve = (): ConjugateGradientResult =>
    k === 1 ? solveScalars(checked, b, resolved) : conjugateGradientLoop(checked, b, resolved);
  const depth = recordingDepth();
  if (depth === 0) return treeTidy(solve);
  return treeTidy(() => {
    const { x, status } = untaped(() => treeTidy(solve));
    return { x: withDerivatives(checked, b, x, resolved, depth), status };
  });
}

/**
 * Ties the solution to b and A. With x fixed, `x + A⁻¹ (b - A x)` has the value of x and its first derivative, if
 * the derivative of A⁻¹ is taken by a solve; repeating it with the result in place of x gives the next order.
 */
function withDerivatives(
  operator: LinearOperator,
  b: tf.Tensor,
  solution: tf.Tensor,
  options: ResolvedOptions,
  orders: number,
): tf.Tensor {
  const solveOptions: ConjugateGradientOptions = { ...options, initial: undefined };
  let x = solution;
  for (let order = 0; order < orders; order++) {
    const point = x;
    const mark = nextTensorId();
    const { nodes, value } = record(() => ownLeaves(operator(point), mark, new Set([point])));
    // A is symmetric, so the recorded Jᵀ is A itself; unlike `operator` it needs nothing that is freed by then.
    const recorded: LinearOperator = (v) =>
      backpropagate(nodes, [point], value, v)[0] ?? tf.zeros(point.shape);
    x = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => ({
      value: (args[0] as tf.Tensor).clone(),
      gradFunc: (dy: tf.Tensor) => [dy.clone(), conjugateGradient(recorded, dy, solveOptions).x],
    }))(point, tf.sub(b, value));
  }
  return x;
}
