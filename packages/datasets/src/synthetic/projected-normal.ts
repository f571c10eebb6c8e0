import { normalArray, split, uniformArray } from '@ebim/runtime';
import { pointsOf, requireColumns, row } from '../points/points.js';
import {
  componentOf,
  normalisedWeights,
  requireCount,
  requireOption,
  requireTolerance,
  requireVector,
  type ManifoldDistribution,
  type ToleranceOptions,
} from './distribution.js';
import { logAdd } from './von-mises-circle.js';

/** Options of {@link projectedNormalMixture}. */
export interface ProjectedNormalMixtureOptions extends ToleranceOptions {
  /** Mean of each normal distribution in R^3. Default (1, 0, 0) and (-1, 0, 0) (Fig 3 of the EBIM paper). */
  readonly means?: readonly (readonly [number, number, number])[];
  /** One weight a mean; divided by their sum. Default equal. */
  readonly weights?: readonly number[];
}

/**
 * A mixture of projected normal distributions on the unit sphere in R^3: the direction of `x ~ N(c, I)`. With
 * `t = c . u` the density of one component with respect to area is
 * `(2 pi)^(-3/2) exp(-|c|^2 / 2) (t + (1 + t^2) Phi(t) / phi(t))`; 1 / (4 pi) when c = 0.
 *
 * @throws ConfigError `bad-option`
 * @example
 * ```ts
 * import { key } from '@ebim/runtime';
 * import { projectedNormalMixture } from '@ebim/datasets';
 * const sphere = projectedNormalMixture();
 * const points = sphere.sample(key(0), 1000);
 * console.log(points.rows, points.columns, sphere.logDensity(points)[0]);
 * ```
 */
export function projectedNormalMixture(options: ProjectedNormalMixtureOptions = {}): ManifoldDistribution {
  const name = 'projected-normal-mixture';
  const {
    means = [
      [1, 0, 0],
      [-1, 0, 0],
    ],
    tolerance = 1e-5,
  } = options;
  requireOption(means.length > 0, `${name}({ means })`, 'at least one mean', means.length);
  means.forEach((mean) => requireVector(`${name}({ means })`, mean, 3));
  const weights = normalisedWeights(
    `${name}({ weights })`,
    options.weights ?? means.map(() => 1),
    means.length,
  );
  requireTolerance(`${name}({ tolerance })`, tolerance);
  return {
    name,
    ambientDimension: 3,
    manifoldDimension: 2,
    volume: 4 * Math.PI,
    sample: (key, count) => {
      requireCount('sample(key, count)', count);
      const [componentKey, normalKey] = split(key);
      const components = uniformArray(componentKey, count);
      const data = normalArray(normalKey, 3 * count);
      for (let i = 0; i < count; i++) {
        const mean = means[componentOf(weights, components[i])];
        const values = data.subarray(3 * i, 3 * i + 3);
        values.forEach((value, d) => (values[d] = value + mean[d]));
        const norm = Math.hypot(...values);
        values.forEach((value, d) => (values[d] = value / norm));
      }
      return pointsOf(data, 3);
    },
    logDensity: (points) => {
      requireColumns(points, 3, `${name}.logDensity(points)`);
      return Float64Array.from({ length: points.rows }, (_, i) => {
        const point = row(points, i);
        const norm = Math.hypot(...point);
        if (!(Math.abs(norm - 1) <= tolerance) || norm === 0) return -Infinity;
        return means.reduce(
          (sum, mean, c) => logAdd(sum, Math.log(weights[c]) + logDensityOf(mean, point, norm)),
          -Infinity,
        );
      });
    },
  };
}

function logDensityOf(mean: readonly number[], point: Float64Array, norm: number): number {
  const t = mean.reduce((sum, c, d) => sum + (c * point[d]) / norm, 0);
  const square = mean.reduce((sum, c) => sum + c * c, 0);
  return logRadialIntegral(t) - square / 2 - 1.5 * Math.log(2 * Math.PI);
}

/**
 * Logarithm of the integral of `r^2 exp(-r^2 / 2 + r t)` over r > 0, which is `t + (1 + t^2) Phi(t) / phi(t)`.
 * Exact to about 1e-13 for every t: a series around 0, and where that cancels or overflows a continued fraction.
 */
export function logRadialIntegral(t: number): number {
  if (t < -2) {
    const s = -t;
    // I_n = integral of r^n exp(-r^2/2 - r s) satisfies I_{n+1} = n I_{n-1} - s I_n; its ratios form a continued
    // fraction I_n / I_{n-1} = n / (s + I_{n+1} / I_n), evaluated from far out.
    const [first, second] = [ratio(1, s), ratio(2, s)];
    return Math.log((first * second) / (s + first));
  }
  const logDensity = (-t * t - Math.log(2 * Math.PI)) / 2;
  const density = Math.exp(logDensity);
  const cumulative = t > 5 ? 1 - density / (t + ratio(1, t)) : 0.5 + density * oddSeries(t);
  // Times phi(t) inside the logarithm, so that exp(t^2 / 2) cannot overflow.
  return Math.log(t * density + (1 + t * t) * cumulative) - logDensity;
}

/** `n / (s + (n + 1) / (s + ...))`, for s >= 2. */
function ratio(n: number, s: number): number {
  let value = 0;
  for (let k = n + 120; k >= n; k--) value = k / (s + value);
  return value;
}

/** `t + t^3 / 3 + t^5 / (3 5) + ...`, which is (Phi(t) - 1/2) / phi(t). */
function oddSeries(t: number): number {
  let term = t;
  let sum = t;
  for (let k = 3; Math.abs(term) > Math.abs(sum) * 1e-17; k += 2) {
    term *= (t * t) / k;
    sum += term;
  }
  return sum;
}
