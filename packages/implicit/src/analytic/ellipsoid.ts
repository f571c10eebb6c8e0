import { ConfigError } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import type { AnalyticManifold } from './analytic-manifold.js';
import { checkPositive } from './checks.js';

/**
 * The ellipse or ellipsoid with the given semi-axes about the origin: F(x) = (sum (x_i / a_i)^2 - 1) / 2.
 *
 * @param semiAxes two or three positive lengths
 * @throws {@link ConfigError} `bad-size`
 */
export function ellipsoid(semiAxes: readonly number[]): AnalyticManifold {
  if (semiAxes.length !== 2 && semiAxes.length !== 3)
    throw new ConfigError({
      code: 'bad-size',
      where: 'ellipsoid(semiAxes)',
      expected: 'two or three semi-axes',
      received: String(semiAxes.length),
    });
  semiAxes.forEach((length) => checkPositive('ellipsoid(semiAxes)', length));
  const n = semiAxes.length;
  return {
    name: n === 2 ? 'ellipse' : 'ellipsoid',
    ambientDimension: n,
    manifoldDimension: n - 1,
    volume: n === 2 ? ellipsePerimeter(semiAxes[0], semiAxes[1]) : ellipsoidArea(semiAxes),
    constraint: (x) =>
      tf.tidy(() => {
        const scaled = tf.div(x, tf.tensor1d([...semiAxes]));
        return tf.div(tf.sub(tf.sum(tf.square(scaled), -1, true), 1), 2);
      }),
  };
}

/** Trapezoidal rule over the whole period: converges faster than any power of the step. */
function ellipsePerimeter(a: number, b: number): number {
  const steps = 4096;
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const t = (2 * Math.PI * i) / steps;
    sum += Math.hypot(a * Math.sin(t), b * Math.cos(t));
  }
  return (sum * 2 * Math.PI) / steps;
}

/**
 * Area = abc * integral over the unit sphere of |(u1/a, u2/b, u3/c)|, by the periodic trapezoidal rule in the
 * longitude and Simpson's rule in the height.
 */
function ellipsoidArea([a, b, c]: readonly number[]): number {
  const [heights, longitudes] = [2000, 512];
  let area = 0;
  for (let i = 0; i <= heights; i++) {
    const z = -1 + (2 * i) / heights;
    const ring = Math.sqrt(Math.max(0, 1 - z * z));
    let sum = 0;
    for (let j = 0; j < longitudes; j++) {
      const t = (2 * Math.PI * j) / longitudes;
      sum += Math.hypot((ring * Math.cos(t)) / a, (ring * Math.sin(t)) / b, z / c);
    }
    const simpson = i === 0 || i === heights ? 1 : i % 2 === 1 ? 4 : 2;
    area += simpson * sum;
  }
  return (area * a * b * c * 2 * Math.PI * (2 / heights)) / (3 * longitudes);
}
