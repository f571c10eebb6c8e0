import { normalArray, split, uniformArray, type Key } from '@ebim/runtime';
import { mapRows, pointsOf, requireColumns, row, type Points } from '../points/points.js';
import {
  requireCount,
  requireOption,
  requireTolerance,
  requireVector,
  type ToleranceOptions,
} from '../synthetic/distribution.js';
import { closestOnGraph } from './closest-height.js';
import { MONOMIALS, PUBLISHED_SURFACE, type PolynomialSurfaceConstants } from './polynomial-constants.js';
import { heightOf } from './polynomial-height.js';
import { contextRows, uniformPrior, type Context, type SimulatorWithDensity } from './simulator.js';

/** Options of {@link polynomialSurface}. */
export interface PolynomialSurfaceOptions extends ToleranceOptions {
  /** Default those of the paper; others come from {@link drawPolynomialSurface}. */
  readonly constants?: PolynomialSurfaceConstants;
}

/** The data set of {@link polynomialSurface}, with the chart of its surface. */
export interface PolynomialSurface extends SimulatorWithDensity {
  readonly constants: PolynomialSurfaceConstants;
  /** Chart to space: z `[rows, 2]` to x `[rows, 3]`. @throws ShapeError `wrong-columns` */
  embed(latent: Points): Points;
  /** z below or above each x `[rows, 3]` (along the third axis of the rotated frame), `[rows, 2]`. */
  latent(points: Points): Points;
  /** Height of each x over the surface along the third axis of the rotated frame, which the paper calls distance. */
  offset(points: Points): Float64Array;
  /** The closest point of the surface to each x, `[rows, 3]`. */
  project(points: Points): Points;
  /** Natural logarithm of p(z | theta), the density in the chart, at each z `[rows, 2]`. */
  latentLogDensity(latent: Points, context: Context): Float64Array;
}

/** The two Gaussians of the chart; the width of the second is 0.6 + 0.4 theta. */
const BROAD = { weight: 0.6, mean: [1, -1], width: 2 } as const;
const NARROW = { weight: 0.4, mean: [-1, 1] } as const;

/** Standard deviation of the noise that takes points off the surface. */
const OUT_OF_DISTRIBUTION_NOISE = 0.1;

/**
 * The mixture of two Gaussians on a polynomial surface in R^3 (M-flow paper, Table 2): `x = R (z0, z1, f(z))` with
 * `p(z | theta) = 0.6 N((1, -1), 2^2) + 0.4 N((-1, 1), (0.6 + 0.4 theta)^2)`, theta uniform in [-1, 1]. No noise: the
 * points lie on the surface.
 *
 * `logDensity` is with respect to area, `log p(z | theta) - log sqrt(1 + |grad f|^2)`, and `-Infinity` farther from the
 * surface than `tolerance` (the authors' code leaves the area out and returns 0 there). Points out of distribution have
 * noise N(0, 0.1^2) in each coordinate of space.
 *
 * @throws ConfigError `bad-option`
 * @example
 * ```ts
 * import { key } from '@ebim/runtime';
 * import { polynomialSurface } from '@ebim/datasets';
 * const surface = polynomialSurface();
 * const observed = surface.sample(key(0), 20, [0]);
 * const total = (theta: number) => surface.logDensity(observed, [theta]).reduce((a, b) => a + b, 0);
 * console.log(total(0) - total(1)); // log likelihood ratio
 * ```
 */
export function polynomialSurface(options: PolynomialSurfaceOptions = {}): PolynomialSurface {
  const name = 'polynomial-surface';
  const { constants = PUBLISHED_SURFACE, tolerance = 1e-5 } = options;
  const { coefficients, rotation } = checked(constants);
  requireTolerance(`${name}({ tolerance })`, tolerance);
  const turn = (v: ArrayLike<number>, out: Float64Array): void => {
    for (let a = 0; a < 3; a++)
      out[a] = rotation[3 * a] * v[0] + rotation[3 * a + 1] * v[1] + rotation[3 * a + 2] * v[2];
  };
  const turnedBack = (x: Float64Array): [number, number, number] => [
    rotation[0] * x[0] + rotation[3] * x[1] + rotation[6] * x[2],
    rotation[1] * x[0] + rotation[4] * x[1] + rotation[7] * x[2],
    rotation[2] * x[0] + rotation[5] * x[1] + rotation[8] * x[2],
  ];
  const place = (z0: number, z1: number, out: Float64Array): void =>
    turn([z0, z1, heightOf(coefficients, z0, z1).value], out);
  const inSpace = (points: Points, where: string): Points => {
    requireColumns(points, 3, `${name}.${where}(points)`);
    return points;
  };
  const embed = (latent: Points): Points => {
    requireColumns(latent, 2, `${name}.embed(latent)`);
    return mapRows(latent, 3, ([z0, z1], out) => place(z0, z1, out));
  };
  const project = (points: Points): Points =>
    mapRows(inSpace(points, 'project'), 3, (x, out) =>
      place(...closestOnGraph(coefficients, turnedBack(x)), out),
    );
  const sample = (key: Key, count: number, context?: Context): Points =>
    embed(sampleLatent(key, count, context, `${name}.sample(key, count, context)`));
  return {
    name,
    ambientDimension: 3,
    manifoldDimension: 2,
    prior: uniformPrior(1, -1, 1),
    densityOn: 'manifold',
    constants,
    sample,
    sampleOutOfDistribution: (key, count, context) => {
      const [pointKey, noiseKey] = split(key);
      const points = sample(pointKey, count, context);
      const noise = normalArray(noiseKey, 3 * count);
      return pointsOf(
        points.data.map((x, i) => x + OUT_OF_DISTRIBUTION_NOISE * noise[i]),
        3,
      );
    },
    logDensity: (points, context) => {
      const where = `${name}.logDensity(points, context)`;
      const theta = contextRows(context, 1, inSpace(points, 'logDensity').rows, where);
      return Float64Array.from({ length: points.rows }, (_, i) => {
        const [z0, z1, height] = turnedBack(row(points, i));
        const { value, gradient } = heightOf(coefficients, z0, z1);
        const area = Math.sqrt(1 + gradient[0] ** 2 + gradient[1] ** 2);
        // To first order the distance is the offset over the slope of the surface.
        if (!(Math.abs(height - value) <= tolerance * area)) return -Infinity;
        return logMixture(z0, z1, theta(i)[0]) - Math.log(area);
      });
    },
    distance: (points) => {
      const closest = project(points);
      return Float64Array.from({ length: points.rows }, (_, i) => {
        const [x, y] = [row(points, i), row(closest, i)];
        return Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
      });
    },
    embed,
    project,
    latent: (points) => mapRows(inSpace(points, 'latent'), 2, (x, out) => out.set(turnedBack(x).slice(0, 2))),
    offset: (points) =>
      Float64Array.from({ length: inSpace(points, 'offset').rows }, (_, i) => {
        const [z0, z1, height] = turnedBack(row(points, i));
        return height - heightOf(coefficients, z0, z1).value;
      }),
    latentLogDensity: (latent, context) => {
      requireColumns(latent, 2, `${name}.latentLogDensity(latent)`);
      const theta = contextRows(context, 1, latent.rows, `${name}.latentLogDensity(latent, context)`);
      return Float64Array.from({ length: latent.rows }, (_, i) =>
        logMixture(latent.data[2 * i], latent.data[2 * i + 1], theta(i)[0]),
      );
    },
  };
}

/**
 * Constants of another surface, drawn as the paper's were: coefficients `N(0, s^2)`, s = 1 for degree 0 and `degree^-3`
 * above; rotation Q^2 of a uniform rotation Q.
 */
export function drawPolynomialSurface(key: Key): PolynomialSurfaceConstants {
  const [coefficientKey, rotationKey] = split(key);
  const normals = normalArray(coefficientKey, MONOMIALS.length);
  const quaternion = normalArray(rotationKey, 4);
  const norm = Math.hypot(...quaternion);
  const [w, x, y, z] = quaternion.map((value) => value / norm);
  // The square of a unit quaternion, whose rotation is that of the quaternion twice.
  const [a, b, c, d] = [w * w - x * x - y * y - z * z, 2 * w * x, 2 * w * y, 2 * w * z];
  return {
    coefficients: MONOMIALS.map(([i, j], k) => normals[k] * (i + j === 0 ? 1 : (i + j) ** -3)),
    rotation: [
      1 - 2 * (c * c + d * d),
      2 * (b * c - a * d),
      2 * (b * d + a * c),
      2 * (b * c + a * d),
      1 - 2 * (b * b + d * d),
      2 * (c * d - a * b),
      2 * (b * d - a * c),
      2 * (c * d + a * b),
      1 - 2 * (b * b + c * c),
    ],
  };
}

function checked(constants: PolynomialSurfaceConstants): PolynomialSurfaceConstants {
  const where = 'polynomialSurface({ constants })';
  const { coefficients, rotation } = constants;
  requireVector(`${where}.coefficients`, coefficients, MONOMIALS.length);
  requireVector(`${where}.rotation`, rotation, 9);
  for (let a = 0; a < 3; a++) {
    for (let b = 0; b < 3; b++) {
      const product = [0, 1, 2].reduce((sum, c) => sum + rotation[3 * a + c] * rotation[3 * b + c], 0);
      const orthogonal = Math.abs(product - (a === b ? 1 : 0)) < 1e-10;
      requireOption(orthogonal, `${where}.rotation`, 'orthogonal rows of length 1', rotation);
    }
  }
  return constants;
}

function sampleLatent(key: Key, count: number, context: Context | undefined, where: string): Points {
  requireCount('sample(key, count)', count);
  const theta = contextRows(context, 1, count, where);
  const [componentKey, normalKey] = split(key);
  const chosen = uniformArray(componentKey, count);
  const normals = normalArray(normalKey, 2 * count);
  for (let i = 0; i < count; i++) {
    const narrow = chosen[i] >= BROAD.weight;
    const { mean } = narrow ? NARROW : BROAD;
    const width = narrow ? narrowWidth(theta(i)[0]) : BROAD.width;
    for (let j = 0; j < 2; j++) normals[2 * i + j] = mean[j] + width * normals[2 * i + j];
  }
  return pointsOf(normals, 2);
}

/** Positive for theta > -1.5; the prior ends at -1. */
function narrowWidth(theta: number): number {
  const width = 0.6 + 0.4 * theta;
  requireOption(width > 0, 'polynomialSurface: theta', 'a number above -1.5', theta);
  return width;
}

function logMixture(z0: number, z1: number, theta: number): number {
  const term = (weight: number, mean: readonly [number, number], width: number): number =>
    Math.log(weight / (2 * Math.PI * width * width)) -
    ((z0 - mean[0]) ** 2 + (z1 - mean[1]) ** 2) / (2 * width * width);
  const broad = term(BROAD.weight, BROAD.mean, BROAD.width);
  const narrow = term(NARROW.weight, NARROW.mean, narrowWidth(theta));
  return Math.max(broad, narrow) + Math.log1p(Math.exp(-Math.abs(broad - narrow)));
}
