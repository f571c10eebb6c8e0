import * as tf from '@tensorflow/tfjs';
import { checkPositive } from '../transform/checks.js';
import { defineTransform } from '../transform/define-transform.js';
import type { Transform } from '../transform/transform.js';
import { checkDimensions } from './pad.js';

/** Options of {@link hypersphericalChart}. */
export interface HypersphericalOptions {
  /** Dimension n of the sphere. */
  readonly manifold: number;
  /** Dimension d of the space, at least n + 1: the sphere lies in the first n + 1 coordinates. */
  readonly ambient: number;
  /** Radius r0 of the sphere. Default 1. */
  readonly radius?: number;
  /** Azimuth of the cut, where the last angle jumps from 1 to -1. Default 0. */
  readonly azimuthOffset?: number;
}

/**
 * Hyperspherical coordinates: `forward` takes x to (phi_0 … phi_(n-1), r - r0, x_(n+1) … x_(d-1)) with
 * `x_0 = r cos phi_0, x_1 = r sin phi_0 cos phi_1, …, x_n = r sin phi_0 … sin phi_(n-1)`, the polar angles
 * [0, pi] and the azimuth [0, 2 pi) (counted from the offset) scaled to [-1, 1]. With zeros after the angles, `inverse`
 * is the chart of a sphere.
 *
 * `log |det dx/d(angles, r)| = n log r + sum_i (n - 1 - i) log sin phi_i + log pi + (n - 1) log(pi / 2)`, which is
 * -infinity at the poles.
 *
 * @throws ConfigError `bad-size`, `bad-manifold-dimension`, `bad-option`
 */
export function hypersphericalChart(
  options: HypersphericalOptions,
): Transform<Readonly<Record<string, never>>> {
  const { manifold: n, ambient: d, radius = 1, azimuthOffset = 0 } = options;
  checkDimensions('hypersphericalChart({ manifold, ambient })', n, d);
  checkPositive('hypersphericalChart', { radius });
  return defineTransform<Readonly<Record<string, never>>>({
    name: 'hypersphericalChart',
    inputShape: [d],
    init: () => ({}),
    forward: (_, x) => {
      const parts = columns(x, n + 1);
      const rest = tail(x, n + 1);
      // Squared lengths of (x_i … x_n).
      const tails = parts.map((__, i) => tf.addN(parts.slice(i).map((part) => tf.square(part))));
      const r = tf.sqrt(tails[0]);
      const polar = parts.slice(0, n - 1).map((part, i) => tf.atan2(tf.sqrt(tails[i + 1]), part));
      const azimuth = turned(parts[n - 1], parts[n], -azimuthOffset - Math.PI);
      const angles = [
        ...polar.map((phi) => tf.sub(tf.mul(phi, 2 / Math.PI), 1)),
        tf.mul(tf.atan2(azimuth.y, azimuth.x), 1 / Math.PI),
      ];
      return {
        y: tf.concat([...angles, tf.sub(r, radius), rest], 1),
        logDetJacobian: tf.neg(logVolume(r, polar, n)),
      };
    },
    inverse: (_, y) => {
      const coordinates = columns(y, n + 1);
      const polar = coordinates.slice(0, n - 1).map((u) => tf.mul(tf.add(u, 1), Math.PI / 2));
      const azimuth = tf.add(tf.mul(tf.add(coordinates[n - 1], 1), Math.PI), azimuthOffset);
      const r = tf.add(coordinates[n], radius);
      let length = r;
      const parts = [...polar, azimuth].map((phi) => {
        const part = tf.mul(length, tf.cos(phi));
        length = tf.mul(length, tf.sin(phi));
        return part;
      });
      return { x: tf.concat([...parts, length, tail(y, n + 1)], 1), logDetJacobian: logVolume(r, polar, n) };
    },
  });
}

/** log |det dx/d(scaled angles, r)|, `[batch]`. */
function logVolume(r: tf.Tensor, polar: readonly tf.Tensor[], n: number): tf.Tensor {
  const constant = Math.log(Math.PI) + (n - 1) * Math.log(Math.PI / 2);
  const sines = polar.map((phi, i) => tf.mul(n - 1 - i, tf.log(tf.abs(tf.sin(phi)))));
  const total = tf.addN([tf.mul(n, tf.log(tf.abs(r))), ...sines]);
  return tf.add(tf.reshape(total, [r.shape[0]]), constant);
}

/** The plane vector (x, y) turned by an angle. */
function turned(x: tf.Tensor, y: tf.Tensor, angle: number): { x: tf.Tensor; y: tf.Tensor } {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return { x: tf.sub(tf.mul(x, c), tf.mul(y, s)), y: tf.add(tf.mul(x, s), tf.mul(y, c)) };
}

/** The first `count` columns, `[batch, 1]` each. */
const columns = (x: tf.Tensor, count: number): tf.Tensor[] =>
  Array.from({ length: count }, (_, i) => tf.slice(x, [0, i], [x.shape[0], 1]));

/** The columns from `start` on. */
const tail = (x: tf.Tensor, start: number): tf.Tensor =>
  tf.slice(x, [0, start], [x.shape[0], (x.shape[1] as number) - start]);
