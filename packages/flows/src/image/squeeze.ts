import * as tf from '@tensorflow/tfjs';
import { ConfigError } from '@ebim/runtime';
import { checkSizes } from '../transform/checks.js';
import { defineTransform } from '../transform/define-transform.js';
import { overTangents } from '../transform/fold.js';
import type { Transform } from '../transform/transform.js';

/** Shape of one image: `[height, width, channels]`. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** Options of {@link squeeze}. */
export interface SqueezeOptions {
  /** Height and width are even. */
  readonly shape: ImageShape;
}

/**
 * `[h, w, c] -> [h / 2, w / 2, 4 c]`: the four pixels of a square become channels, channel `4 c + 2 dy + dx`.
 *
 * @throws ConfigError `bad-size`, `odd-image`
 */
export function squeeze({ shape }: SqueezeOptions): Transform<Readonly<Record<string, never>>> {
  const [height, width, channels] = shape;
  checkSizes('squeeze', { height, width, channels });
  if (height % 2 !== 0 || width % 2 !== 0)
    throw new ConfigError({
      code: 'odd-image',
      where: 'squeeze({ shape })',
      expected: 'an even height and width',
      received: `[${shape.join(', ')}]`,
    });
  const [h, w] = [height / 2, width / 2];
  const down = (x: tf.Tensor): tf.Tensor => {
    const split = tf.reshape(x, [x.shape[0], h, 2, w, 2, channels]);
    return tf.reshape(tf.transpose(split, [0, 1, 3, 5, 2, 4]), [x.shape[0], h, w, 4 * channels]);
  };
  const up = (y: tf.Tensor): tf.Tensor => {
    const split = tf.reshape(y, [y.shape[0], h, w, channels, 2, 2]);
    return tf.reshape(tf.transpose(split, [0, 1, 4, 2, 5, 3]), [y.shape[0], height, width, channels]);
  };
  return defineTransform<Readonly<Record<string, never>>>({
    name: 'squeeze',
    inputShape: shape,
    outputShape: [h, w, 4 * channels],
    init: () => ({}),
    forward: (_, x) => ({ y: down(x), logDetJacobian: tf.scalar(0) }),
    inverse: (_, y) => ({ x: up(y), logDetJacobian: tf.scalar(0) }),
    forwardTangents: (_, x, tangents) => ({ y: down(x), tangents: overTangents(down, tangents) }),
    inverseTangents: (_, y, tangents) => ({ x: up(y), tangents: overTangents(up, tangents) }),
  });
}
