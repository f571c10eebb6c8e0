import { foldIn, normalArray, uniformArray, type Key } from '@ebim/runtime';
import { torusFromAngles, torusRadii, type TorusOptions } from '../embeddings/torus.js';
import { mapRows, pointsOf, requireColumns, row, type Points } from '../points/points.js';
import {
  requireCount,
  requirePositive,
  requireTolerance,
  requireVector,
  type ManifoldDistribution,
  type ToleranceOptions,
} from './distribution.js';

/** Options of {@link uniformSphere}. */
export interface UniformSphereOptions extends ToleranceOptions {
  /** Default 1. */
  readonly radius?: number;
  /** Default (0, 0, 0). */
  readonly center?: readonly [number, number, number];
}

/** Uniform by area on a sphere in R^3: the direction of a normal vector. @throws ConfigError `bad-option` */
export function uniformSphere(options: UniformSphereOptions = {}): ManifoldDistribution {
  const name = 'uniform-sphere';
  const { radius = 1, center = [0, 0, 0], tolerance = 1e-5 } = options;
  requirePositive(`${name}({ radius })`, radius);
  requireVector(`${name}({ center })`, center, 3);
  requireTolerance(`${name}({ tolerance })`, tolerance);
  const volume = 4 * Math.PI * radius * radius;
  return {
    name,
    ambientDimension: 3,
    manifoldDimension: 2,
    volume,
    sample: (key, count) => {
      requireCount('sample(key, count)', count);
      return mapRows(pointsOf(normalArray(key, 3 * count), 3), 3, (normal, out) => {
        const norm = Math.hypot(...normal);
        normal.forEach((value, d) => (out[d] = center[d] + (radius * value) / norm));
      });
    },
    logDensity: (points) => {
      requireColumns(points, 3, `${name}.logDensity(points)`);
      return constantOn(points, -Math.log(volume), tolerance, ([x, y, z]) =>
        Math.abs(Math.hypot(x - center[0], y - center[1], z - center[2]) - radius),
      );
    },
  };
}

/** Options of {@link uniformTorus}. */
export interface UniformTorusOptions extends TorusOptions, ToleranceOptions {}

/**
 * Uniform by area on a ring torus: uniform angles, of which those around the tube are kept with probability
 * `(R + r cos psi) / (R + r)`.
 *
 * @throws ConfigError `bad-option`, `bad-radius`
 */
export function uniformTorus(options: UniformTorusOptions = {}): ManifoldDistribution {
  const name = 'uniform-torus';
  const { tolerance = 1e-5 } = options;
  const { majorRadius, minorRadius } = torusRadii(options);
  requireTolerance(`${name}({ tolerance })`, tolerance);
  const volume = 4 * Math.PI * Math.PI * majorRadius * minorRadius;
  return {
    name,
    ambientDimension: 3,
    manifoldDimension: 2,
    volume,
    sample: (key, count) => {
      requireCount('sample(key, count)', count);
      return torusFromAngles(areaUniformAngles(key, count, minorRadius / majorRadius), options);
    },
    logDensity: (points) => {
      requireColumns(points, 3, `${name}.logDensity(points)`);
      return constantOn(points, -Math.log(volume), tolerance, (point) => distanceToTorus(point, options));
    },
  };
}

/** Distance of one point to the torus. */
export function distanceToTorus([x, y, z]: Float64Array, options: TorusOptions): number {
  const { majorRadius, minorRadius } = torusRadii(options);
  return Math.abs(Math.hypot(Math.hypot(x, y) - majorRadius, z) - minorRadius);
}

/** `[count, 2]` phi uniform, psi with density proportional to `1 + ratio cos psi`. */
function areaUniformAngles(key: Key, count: number, ratio: number): Points {
  const data = new Float64Array(2 * count);
  let filled = 0;
  for (let round = 0; filled < count; round++) {
    const missing = count - filled;
    const draws = uniformArray(foldIn(key, round), 3 * missing);
    for (let i = 0; i < missing; i++) {
      const psi = Math.PI * (2 * draws[3 * i] - 1);
      if (draws[3 * i + 1] * (1 + ratio) >= 1 + ratio * Math.cos(psi)) continue;
      data[2 * filled] = Math.PI * (2 * draws[3 * i + 2] - 1);
      data[2 * filled + 1] = psi;
      filled++;
    }
  }
  return pointsOf(data, 2);
}

const constantOn = (
  points: Points,
  value: number,
  tolerance: number,
  distance: (point: Float64Array) => number,
): Float64Array =>
  Float64Array.from({ length: points.rows }, (_, i) =>
    distance(row(points, i)) <= tolerance ? value : -Infinity,
  );
