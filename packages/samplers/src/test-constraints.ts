import * as tf from '@tensorflow/tfjs';
import type { Constraint } from './constraint/constraint-frame.js';

/** `|x|^2 - 1`: the unit circle, sphere, ... */
export const unitSphere: Constraint = (x) => tf.sub(tf.sum(tf.square(x), 1, true), 1);

/** Torus around the z axis with radii 3 and 1: `(|(x, y)| - 3)^2 + z^2 - 1`. */
export const torus: Constraint = (x) => {
  const squares = tf.square(x);
  const radius = tf.sqrt(tf.matMul(squares, tf.tensor2d([[1], [1], [0]])));
  const height = tf.matMul(squares, tf.tensor2d([[0], [0], [1]]));
  return tf.sub(tf.add(tf.square(tf.sub(radius, 3)), height), 1);
};

/** Two unit circles in four dimensions, a torus of codimension 2. */
export const flatTorus: Constraint = (x) =>
  tf.sub(tf.matMul(tf.square(x), tf.tensor2d([1, 0, 1, 0, 0, 1, 0, 1], [4, 2])), 1);

/** The x-y plane's unit circle in `n` dimensions: codimension n - 1, with curvature in the first only. */
export const circleIn =
  (n: number): Constraint =>
  (x) => {
    const [plane, rest] = tf.split(x, [2, n - 2], 1);
    return tf.concat([unitSphere(plane), rest], 1);
  };
