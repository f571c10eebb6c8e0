import { normalArray, split, uniformArray, type Key } from '@ebim/runtime';
import { pointsOf, requireColumns, row, type Points } from '../points/points.js';
import { requireCount, requireOption, requirePositive } from '../synthetic/distribution.js';
import {
  contextRows,
  uniformPrior,
  type Context,
  type ContextPrior,
  type SimulatorWithDensity,
} from './simulator.js';

/** Options of {@link sphereGaussian} and {@link conditionalSphereGaussian}. */
export interface SphereGaussianOptions {
  /** Dimension n of the sphere. Default 1 (a circle), of the conditional one 2. */
  readonly manifoldDimension?: number;
  /** Dimension d of the space, at least n + 1. Default n + 1. */
  readonly ambientDimension?: number;
  /** Standard deviation epsilon of the radius and of the coordinates beyond the first n + 1. Default 0.01. */
  readonly noise?: number;
}

/** Means and widths of the angles phi_0 … phi_(n-1), the last of which is the azimuth. */
interface AngleNormals {
  readonly means: Float64Array;
  readonly width: number;
}

/**
 * A Gaussian on a circle or on an n-sphere of radius 1 with noise off it: angles `phi_i ~ N(pi / 2, (pi / 4)^2)`, radius
 * `1 + N(0, epsilon^2)`, the coordinates beyond the first n + 1 `N(0, epsilon^2)` (M-flow paper, circle experiment).
 *
 * `logDensity` is exact with respect to the volume of R^d: it sums over every set of angles that leads to a point, and
 * divides by the volume element `r^n prod_i |sin phi_i|^(n-1-i)` (for n > 1 it is infinite at the poles). Points out of distribution have the same angles, and
 * noise uniform in `[-3 epsilon, 0]`.
 *
 * @throws ConfigError `bad-option`
 * @example
 * ```ts
 * import { key } from '@ebim/runtime';
 * import { sphereGaussian } from '@ebim/datasets';
 * const circle = sphereGaussian();
 * const points = circle.sample(key(0), 1000);
 * console.log(points.columns, circle.logDensity(points)[0], circle.distance(points)[0]);
 * ```
 */
export function sphereGaussian(options: SphereGaussianOptions = {}): SimulatorWithDensity {
  const { manifoldDimension = 1 } = options;
  const normals = {
    means: new Float64Array(Math.max(1, manifoldDimension)).fill(Math.PI / 2),
    width: Math.PI / 4,
  };
  return onSphere('sphere-gaussian', { ...options, manifoldDimension }, null, () => () => normals);
}

/**
 * {@link sphereGaussian} whose angles depend on theta in [-1, 1]^2: width `0.1 pi + 0.3 pi (1 + theta_0) / 2`, azimuth
 * about `pi / 2 + pi (1 + theta_1) / 2`, the other angles about `pi / 2`.
 *
 * @throws ConfigError `bad-option`
 */
export function conditionalSphereGaussian(options: SphereGaussianOptions = {}): SimulatorWithDensity {
  const { manifoldDimension = 2 } = options;
  return onSphere(
    'conditional-sphere-gaussian',
    { ...options, manifoldDimension },
    uniformPrior(2, -1, 1),
    (context, count, where) => {
      const theta = contextRows(context, 2, count, where);
      return (i) => {
        const [width, azimuth] = theta(i).map((value) => (1 + value) / 2);
        const means = new Float64Array(manifoldDimension).fill(Math.PI / 2);
        means[manifoldDimension - 1] = Math.PI / 2 + Math.PI * azimuth;
        return { means, width: Math.PI * (0.1 + 0.3 * width) };
      };
    },
  );
}

type NormalsOf = (context: Context | undefined, count: number, where: string) => (i: number) => AngleNormals;

function onSphere(
  name: string,
  options: SphereGaussianOptions,
  prior: ContextPrior | null,
  normalsOf: NormalsOf,
): SimulatorWithDensity {
  const { manifoldDimension: n = 1, ambientDimension: d = n + 1, noise = 0.01 } = options;
  requireOption(Number.isInteger(n) && n >= 1, `${name}({ manifoldDimension })`, 'a whole number >= 1', n);
  requireOption(
    Number.isInteger(d) && d > n,
    `${name}({ ambientDimension })`,
    `a whole number above ${n}`,
    d,
  );
  requirePositive(`${name}({ noise })`, noise);
  const draw = (
    key: Key,
    count: number,
    context: Context | undefined,
    noises: (key: Key) => Float64Array,
  ) => {
    requireCount('sample(key, count)', count);
    const [angleKey, noiseKey] = split(key);
    const normals = normalsOf(context, count, `${name}.sample(key, count, context)`);
    const angles = normalArray(angleKey, count * n);
    for (let i = 0; i < count; i++) {
      const { means, width } = normals(i);
      for (let j = 0; j < n; j++) angles[i * n + j] = means[j] + width * angles[i * n + j];
    }
    return placed(angles, noises(noiseKey), n, d);
  };
  return {
    name,
    ambientDimension: d,
    manifoldDimension: n,
    prior,
    densityOn: 'ambient',
    sample: (key, count, context) =>
      draw(key, count, context, (k) => normalArray(k, count * (d - n)).map((z) => noise * z)),
    sampleOutOfDistribution: (key, count, context) =>
      draw(key, count, context, (k) => uniformArray(k, count * (d - n)).map((u) => -3 * noise * u)),
    logDensity: (points, context) => {
      requireColumns(points, d, `${name}.logDensity(points)`);
      const normals = normalsOf(context, points.rows, `${name}.logDensity(points, context)`);
      return Float64Array.from({ length: points.rows }, (_, i) =>
        logDensityAt(row(points, i), normals(i), n, noise),
      );
    },
    distance: (points) => {
      requireColumns(points, d, `${name}.distance(points)`);
      return Float64Array.from({ length: points.rows }, (_, i) => {
        const x = row(points, i);
        return Math.hypot(Math.hypot(...x.subarray(0, n + 1)) - 1, ...x.subarray(n + 1));
      });
    },
  };
}

/** `x_0 = r cos phi_0, x_1 = r sin phi_0 cos phi_1, …, x_n = r sin phi_0 … sin phi_(n-1)`, then noise. */
function placed(angles: Float64Array, noises: Float64Array, n: number, d: number): Points {
  const count = angles.length / n;
  const data = new Float64Array(count * d);
  for (let i = 0; i < count; i++) {
    const out = data.subarray(i * d, (i + 1) * d);
    let rest = 1 + noises[i * (d - n)];
    for (let j = 0; j < n; j++) {
      out[j] = rest * Math.cos(angles[i * n + j]);
      rest *= Math.sin(angles[i * n + j]);
    }
    out[n] = rest;
    for (let j = n + 1; j < d; j++) out[j] = noises[i * (d - n) + j - n];
  }
  return pointsOf(data, d);
}

const logNormal = (x: number, mean: number, width: number): number =>
  -((x - mean) ** 2) / (2 * width * width) - Math.log(width) - Math.log(2 * Math.PI) / 2;

/** Density of an angle, whole turns added up. */
function wrapped(angle: number, mean: number, width: number): number {
  let sum = 0;
  for (let turn = -5; turn <= 5; turn++) sum += Math.exp(logNormal(angle + 2 * Math.PI * turn, mean, width));
  return sum;
}

function logDensityAt(x: Float64Array, { means, width }: AngleNormals, n: number, noise: number): number {
  const tails = new Float64Array(n + 1);
  for (let j = n; j >= 0; j--) tails[j] = Math.hypot(x[j], tails[j + 1] ?? 0);
  const r = tails[0];
  const angles = new Float64Array(n);
  for (let j = 0; j < n - 1; j++) angles[j] = Math.atan2(tails[j + 1], x[j]);
  angles[n - 1] = Math.atan2(x[n], x[n - 1]);
  let logVolume = n * Math.log(r);
  for (let j = 0; j < n - 1; j++) logVolume += (n - 1 - j) * Math.log(Math.sin(angles[j]));
  let logNoise = 0;
  for (let j = n + 1; j < x.length; j++) logNoise += logNormal(x[j], 0, noise);
  const signed = [1, -1].map((sign) => {
    const value = sumOverAngles(angles, means, width, sign);
    return Math.log(value) + logNormal(sign * r, 1, noise);
  });
  const high = Math.max(...signed);
  if (high === -Infinity) return -Infinity;
  return high + Math.log(signed.reduce((sum, s) => sum + Math.exp(s - high), 0)) + logNoise - logVolume;
}

/**
 * Sum of the density over all sets of angles of a point. A polar angle and its negative differ in the sign of all
 * coordinates that follow, which half a turn of the next angle undoes; so does half a turn of the first for the sign of
 * the radius. Hence the sum runs along the angles and remembers one sign.
 */
function sumOverAngles(angles: Float64Array, means: Float64Array, width: number, sign: number): number {
  const n = angles.length;
  const at = (j: number, angle: number) => wrapped(angle, means[j], width);
  // sums[0]: weight of the sets so far after which the rest keeps its sign; sums[1]: those after which it turns.
  let sums = sign > 0 ? [1, 0] : [0, 1];
  for (let j = 0; j < n - 1; j++) {
    const phi = angles[j];
    sums = [
      sums[0] * at(j, phi) + sums[1] * at(j, Math.PI + phi),
      sums[0] * at(j, -phi) + sums[1] * at(j, Math.PI - phi),
    ];
  }
  return sums[0] * at(n - 1, angles[n - 1]) + sums[1] * at(n - 1, angles[n - 1] + Math.PI);
}
