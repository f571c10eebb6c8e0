import * as tf from '@tensorflow/tfjs';
import type { Constraint } from './constraint/constraint-frame.js';

/** `|x|^2 - 1`: the unit circle, sphere, ... */
export const unitSphere: Constraint = (x) => tf.sub(tf.sum(tf.square(x), 1, true), 1);

/** Torus around the z axis with radii 3 and 1: `(|(x, y)| - 3)^2 + z^2 - 1`. */
export const torus: Constraint = (x) => {
  const [horizontal, vertical] = tf.split(x, [2, 1], 1);
  const radius = tf.sqrt(tf.sum(tf.square(horizontal), 1, true));
  return tf.sub(tf.add(tf.square(tf.sub(radius, 3)), tf.square(vertical)), 1);
};

/** Two unit circles in four dimensions, a torus of codimension 2. */
export const flatTorus: Constraint = (x) =>
  tf.concat(
    tf.split(x, 2, 1).map((half) => unitSphere(half)),
    1,
  );

/** The x-y plane's unit circle in `n` dimensions: codimension n - 1, with curvature in the first only. */
export const circleIn =
  (n: number): Constraint =>
  (x) => {
    const [plane, rest] = tf.split(x, [2, n - 2], 1);
    return tf.concat([unitSphere(plane), rest], 1);
  };
