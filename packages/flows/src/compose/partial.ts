import * as tf from '@tensorflow/tfjs';
import { ConfigError, type TensorTree } from '@ebim/runtime';
import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';

/** Options of {@link partial}. */
export interface PartialOptions {
  /** Number of features of the whole. */
  readonly size: number;
  /** Indices of the features that the transform sees, in its order. */
  readonly features: readonly number[];
}

/**
 * A transform of some features; the others stay as they are, and every feature stays at its place.
 *
 * @throws ConfigError `bad-features`
 */
export function partial<P extends TensorTree>(
  transform: Transform<P>,
  { size, features }: PartialOptions,
): Transform<P> {
  checkFeatures(transform, size, features);
  const chosen = new Set(features);
  const others = Array.from({ length: size }, (_, i) => i).filter((i) => !chosen.has(i));
  const back = new Int32Array(size);
  [...features, ...others].forEach((to, from) => (back[to] = from));
  const take = (t: tf.Tensor, indices: readonly number[] | Int32Array): tf.Tensor =>
    tf.gather(t, tf.tensor1d(Array.from(indices), 'int32'), t.rank - 1);
  const join = (t: tf.Tensor, whole: tf.Tensor): tf.Tensor =>
    others.length === 0 ? take(t, back) : take(tf.concat([t, take(whole, others)], whole.rank - 1), back);
  return defineTransform<P>({
    name: `partial ${transform.name}`,
    inputShape: [size],
    contextSize: transform.contextSize,
    untrained: transform.untrained,
    init: (key) => transform.init(key),
    initialiseFrom: (params, x, context) => transform.initialiseFrom(params, take(x, features), context),
    forward: (params, x, context) => {
      const { y, logDetJacobian } = transform.forward(params, take(x, features), context);
      return { y: join(y, x), logDetJacobian };
    },
    inverse: (params, y, context) => {
      const { x, logDetJacobian } = transform.inverse(params, take(y, features), context);
      return { x: join(x, y), logDetJacobian };
    },
    forwardTangents: (params, x, tangents, context) => {
      const pushed = transform.forwardTangents(params, take(x, features), take(tangents, features), context);
      return { y: join(pushed.y, x), tangents: join(pushed.tangents, tangents) };
    },
    inverseTangents: (params, y, tangents, context) => {
      const pushed = transform.inverseTangents(params, take(y, features), take(tangents, features), context);
      return { x: join(pushed.x, y), tangents: join(pushed.tangents, tangents) };
    },
  });
}

function checkFeatures(
  { inputShape, outputShape }: Pick<Transform<TensorTree>, 'inputShape' | 'outputShape'>,
  size: number,
  features: readonly number[],
): void {
  const valid = features.every((i) => Number.isInteger(i) && i >= 0 && i < size);
  const distinct = new Set(features).size === features.length;
  const fits = [inputShape, outputShape].every((shape) => shape.join() === String(features.length));
  if (!valid || !distinct || !fits)
    throw new ConfigError({
      code: 'bad-features',
      where: 'partial(transform, { size, features })',
      expected: `[${inputShape.join(', ')}] different indices below ${size}, for a transform of vectors of one size`,
      received: `[${features.join(', ')}]`,
    });
}
