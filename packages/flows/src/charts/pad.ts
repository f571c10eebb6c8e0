import * as tf from '@tensorflow/tfjs';
import { ConfigError } from '@ebim/runtime';
import { checkSizes } from '../transform/checks.js';
import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';

/** Options of {@link pad}. */
export interface PadOptions {
  /** Number of coordinates n on the manifold. */
  readonly from: number;
  /** Number of coordinates d of the space around it, more than n. */
  readonly to: number;
}

/**
 * Refuses a manifold that is not of lower dimension than the space around it.
 *
 * @throws ConfigError `bad-size`, `bad-manifold-dimension`
 */
export function checkDimensions(where: string, manifold: number, ambient: number): void {
  checkSizes(where, { manifold, ambient });
  if (manifold >= ambient)
    throw new ConfigError({
      code: 'bad-manifold-dimension',
      where,
      expected: `a manifold of fewer than ${ambient} dimensions`,
      received: String(manifold),
      details: { manifold, ambient },
    });
}

/**
 * Pad and Proj: `forward` appends zeros, `(u, 0) [batch, d]`; `inverse` keeps the first n coordinates. An injection:
 * `inverse` undoes `forward`, but `forward` of `inverse` is the projection to the plane of the first n coordinates.
 * Both keep lengths in that plane, so that their log determinants are 0.
 *
 * @throws ConfigError `bad-size`, `bad-manifold-dimension`
 */
export function pad({ from, to }: PadOptions): Transform<Readonly<Record<string, never>>> {
  checkDimensions('pad({ from, to })', from, to);
  const extend = (t: tf.Tensor): tf.Tensor =>
    tf.concat([t, tf.zeros([...t.shape.slice(0, -1), to - from])], t.rank - 1);
  const project = (t: tf.Tensor): tf.Tensor =>
    tf.slice(
      t,
      t.shape.map(() => 0),
      [...t.shape.slice(0, -1), from],
    );
  return defineTransform<Readonly<Record<string, never>>>({
    name: 'pad',
    inputShape: [from],
    outputShape: [to],
    init: () => ({}),
    forward: (_, x) => ({ y: extend(x), logDetJacobian: tf.scalar(0) }),
    inverse: (_, y) => ({ x: project(y), logDetJacobian: tf.scalar(0) }),
    forwardTangents: (_, x, tangents) => ({ y: extend(x), tangents: extend(tangents) }),
    inverseTangents: (_, y, tangents) => ({ x: project(y), tangents: project(tangents) }),
  });
}
