import { ConfigError } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import type { AnalyticManifold } from './analytic-manifold.js';
import { checkPositive } from './checks.js';

/** Options of {@link torus}. */
export interface TorusOptions {
  /** From the axis to the middle of the tube. Default 3, as for the dihedral angles of the papers. */
  readonly majorRadius?: number;
  /** Of the tube. Default 1. */
  readonly minorRadius?: number;
}

/**
 * The torus about the third axis: F(x) = ((sqrt(x1^2 + x2^2) - R)^2 + x3^2 - r^2) / (2 r), gradient of length 1
 * on it. Not differentiable on the axis itself, where the gradient is taken as 0.
 *
 * @throws {@link ConfigError} `bad-size` unless 0 < minorRadius < majorRadius.
 */
export function torus(options: TorusOptions = {}): AnalyticManifold {
  const { majorRadius = 3, minorRadius = 1 } = options;
  checkPositive('torus({ majorRadius })', majorRadius);
  checkPositive('torus({ minorRadius })', minorRadius);
  if (minorRadius >= majorRadius)
    throw new ConfigError({
      code: 'bad-size',
      where: 'torus({ majorRadius, minorRadius })',
      expected: 'minorRadius below majorRadius',
      received: `${minorRadius} and ${majorRadius}`,
      hint: 'With a thicker tube the surface cuts itself and is no manifold.',
    });
  return {
    name: 'torus',
    ambientDimension: 3,
    manifoldDimension: 2,
    volume: 4 * Math.PI * Math.PI * majorRadius * minorRadius,
    constraint: (x) =>
      tf.tidy(() => {
        const [x1, x2, x3] = tf.split(x, 3, -1);
        // The tiny constant keeps derivatives finite on the axis; elsewhere it is lost in rounding.
        const fromAxis = tf.sqrt(tf.add(tf.add(tf.square(x1), tf.square(x2)), 1e-20));
        const fromCore = tf.add(tf.square(tf.sub(fromAxis, majorRadius)), tf.square(x3));
        return tf.div(tf.sub(fromCore, minorRadius * minorRadius), 2 * minorRadius);
      }),
  };
}
