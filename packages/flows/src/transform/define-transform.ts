import * as tf from '@tensorflow/tfjs';
import { linearize } from '@ebim/autodiff';
import { treeClone, treeTidy, type Key, type TensorTree } from '@ebim/runtime';
import { checkContext, checkRows, checkTangents } from './checks.js';
import type {
  ForwardResult,
  ForwardTangents,
  InverseResult,
  InverseTangents,
  Transform,
} from './transform.js';

/** The formulas of a transform; {@link defineTransform} adds checks, ownership and what is left out. */
export interface TransformRules<P extends TensorTree> {
  readonly name: string;
  readonly inputShape: readonly number[];
  /** Default: `inputShape`. */
  readonly outputShape?: readonly number[];
  /** Default 0. */
  readonly contextSize?: number;
  /** Default none. */
  readonly untrained?: readonly string[];
  init(key: Key): P;
  /** Default: the same parameters. */
  initialiseFrom?(params: P, x: tf.Tensor, context?: tf.Tensor): P;
  forward(params: P, x: tf.Tensor, context?: tf.Tensor): { readonly y: tf.Tensor; logDetJacobian: tf.Tensor };
  inverse(params: P, y: tf.Tensor, context?: tf.Tensor): { readonly x: tf.Tensor; logDetJacobian: tf.Tensor };
  /** Default: the derivative of `forward`, one tangent after the other. */
  forwardTangents?(params: P, x: tf.Tensor, tangents: tf.Tensor, context?: tf.Tensor): ForwardTangents;
  /** Default: the derivative of `inverse`, one tangent after the other. */
  inverseTangents?(params: P, y: tf.Tensor, tangents: tf.Tensor, context?: tf.Tensor): InverseTangents;
}

/**
 * A {@link Transform} from its formulas. The rules may return their arguments and need not tidy; a
 * `logDetJacobian` may have any shape that broadcasts to `[batch]`.
 *
 * @throws ShapeError `bad-input-shape`, `bad-context`, `bad-tangents` when called
 *
 * @example
 * ```ts
 * const exponential = defineTransform({
 *   name: 'exponential',
 *   inputShape: [2],
 *   init: () => ({}),
 *   forward: (_, x) => ({ y: tf.exp(x), logDetJacobian: tf.sum(x, 1) }),
 *   inverse: (_, y) => ({ x: tf.log(y), logDetJacobian: tf.neg(tf.sum(tf.log(y), 1)) }),
 * });
 * ```
 */
export function defineTransform<P extends TensorTree>(rules: TransformRules<P>): Transform<P> {
  const { name, inputShape, outputShape = inputShape, contextSize = 0, untrained = [] } = rules;
  const check = (
    call: string,
    value: tf.Tensor,
    shape: readonly number[],
    context: tf.Tensor | undefined,
  ): void => {
    checkRows(`${name}.${call}`, value, shape);
    checkContext(`${name}.${call}`, value.shape[0], contextSize, context);
  };
  const forwardTangents: NonNullable<TransformRules<P>['forwardTangents']> =
    rules.forwardTangents?.bind(rules) ??
    ((params, x, tangents, context) => {
      const { value, pushed } = pushAll((at) => rules.forward(params, at, context).y, x, tangents);
      return { y: value, tangents: pushed };
    });
  const inverseTangents: NonNullable<TransformRules<P>['inverseTangents']> =
    rules.inverseTangents?.bind(rules) ??
    ((params, y, tangents, context) => {
      const { value, pushed } = pushAll((at) => rules.inverse(params, at, context).x, y, tangents);
      return { x: value, tangents: pushed };
    });
  return {
    name,
    inputShape,
    outputShape,
    contextSize,
    untrained,
    init: (key) => treeTidy(() => rules.init(key)),
    initialiseFrom: (params, x, context) => {
      check('initialiseFrom(params, x, context)', x, inputShape, context);
      return treeTidy(() => treeClone(rules.initialiseFrom?.(params, x, context) ?? params));
    },
    forward: (params, x, context) => {
      check('forward(params, x, context)', x, inputShape, context);
      return treeTidy((): ForwardResult => {
        const { y, logDetJacobian } = rules.forward(params, x, context);
        return { y: own(y, x), logDetJacobian: perRow(logDetJacobian, x.shape[0]) };
      });
    },
    inverse: (params, y, context) => {
      check('inverse(params, y, context)', y, outputShape, context);
      return treeTidy((): InverseResult => {
        const { x, logDetJacobian } = rules.inverse(params, y, context);
        return { x: own(x, y), logDetJacobian: perRow(logDetJacobian, y.shape[0]) };
      });
    },
    forwardTangents: (params, x, tangents, context) => {
      const where = 'forwardTangents(params, x, tangents, context)';
      check(where, x, inputShape, context);
      checkTangents(`${name}.${where}`, tangents, x.shape[0], inputShape);
      return treeTidy(() => {
        const result = forwardTangents(params, x, tangents, context);
        return { y: own(result.y, x), tangents: own(result.tangents, tangents) };
      });
    },
    inverseTangents: (params, y, tangents, context) => {
      const where = 'inverseTangents(params, y, tangents, context)';
      check(where, y, outputShape, context);
      checkTangents(`${name}.${where}`, tangents, y.shape[0], outputShape);
      return treeTidy(() => {
        const result = inverseTangents(params, y, tangents, context);
        return { x: own(result.x, y), tangents: own(result.tangents, tangents) };
      });
    },
  };
}

/** A result that is the argument itself would be disposed by whoever disposes either. */
const own = (result: tf.Tensor, argument: tf.Tensor): tf.Tensor =>
  result === argument ? result.clone() : result;

/** `[batch]`, never a tensor of the parameters. */
function perRow(logDetJacobian: tf.Tensor, batch: number): tf.Tensor1D {
  if (batch === 0) return tf.zeros([0]);
  const exact = logDetJacobian.rank === 1 && logDetJacobian.shape[0] === batch;
  return (exact ? logDetJacobian : tf.broadcastTo(logDetJacobian, [batch])) as tf.Tensor1D;
}

/** f(x) and J t for every tangent t, `[batch, n, ...]`. */
function pushAll(
  f: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  tangents: tf.Tensor,
): { value: tf.Tensor; pushed: tf.Tensor } {
  const { value, jvp } = linearize(f, x);
  const [batch, n] = tangents.shape;
  if (n === 0) return { value, pushed: tf.zeros([batch, 0, ...value.shape.slice(1)]) };
  const each = Array.from({ length: n }, (_, i) => {
    const begin = tangents.shape.map((__, axis) => (axis === 1 ? i : 0));
    const size = tangents.shape.map((length, axis) => (axis === 1 ? 1 : length));
    return tf.expandDims(jvp(tf.reshape(tf.slice(tangents, begin, size), x.shape)), 1);
  });
  return { value, pushed: n === 1 ? each[0] : tf.concat(each, 1) };
}
