import { ConfigError } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import type { AnalyticManifold } from './analytic-manifold.js';
import { checkPositive } from './checks.js';

/** Options of {@link sphere} and {@link circle}. */
export interface SphereOptions {
  /** Default 1. */
  readonly radius?: number;
  /** Default the origin. Its length is the ambient dimension. */
  readonly center?: readonly number[];
  /** Default 3, or the length of `center`. */
  readonly ambientDimension?: number;
}

/**
 * The sphere of a radius about a center: F(x) = (|x - c|^2 - r^2) / (2 r), which has a gradient of length 1 on
 * the sphere and is smooth everywhere.
 *
 * @throws {@link ConfigError} `bad-size`
 * @example
 * ```ts
 * import { sphere } from '@ebim/implicit';
 * import * as tf from '@tensorflow/tfjs';
 *
 * sphere({ radius: 2 }).constraint(tf.tensor2d([[0, 0, 2]])).print(); // 0: the point is on it
 * ```
 */
export function sphere(options: SphereOptions = {}): AnalyticManifold {
  const { radius = 1 } = options;
  const ambientDimension = options.ambientDimension ?? options.center?.length ?? 3;
  const center = options.center ?? new Array<number>(ambientDimension).fill(0);
  checkPositive('sphere({ radius })', radius);
  if (!Number.isInteger(ambientDimension) || ambientDimension < 2 || center.length !== ambientDimension)
    throw new ConfigError({
      code: 'bad-size',
      where: 'sphere({ center, ambientDimension })',
      expected: 'a center with as many numbers as dimensions, at least 2',
      received: `${center.length} numbers for ${ambientDimension} dimensions`,
    });
  return {
    name: ambientDimension === 2 ? 'circle' : 'sphere',
    ambientDimension,
    manifoldDimension: ambientDimension - 1,
    volume: unitSphereVolume(ambientDimension) * radius ** (ambientDimension - 1),
    constraint: (x) =>
      tf.tidy(() => {
        const offset = tf.sub(x, tf.tensor1d([...center]));
        const squared = tf.sum(tf.square(offset), -1, true);
        return tf.div(tf.sub(squared, radius * radius), 2 * radius);
      }),
  };
}

/** The circle of a radius about a center in the plane. */
export const circle = (options: Omit<SphereOptions, 'ambientDimension'> = {}): AnalyticManifold =>
  sphere({ ...options, ambientDimension: 2 });

/** 2 pi^(n/2) / Gamma(n/2) by the recurrence V(n + 2) = V(n) 2 pi / n. */
function unitSphereVolume(n: number): number {
  let volume = n % 2 === 0 ? 2 * Math.PI : 2;
  for (let d = n % 2 === 0 ? 2 : 1; d < n; d += 2) volume *= (2 * Math.PI) / d;
  return volume;
}
