import { foldIn, split, uniformArray, type Key } from '@ebim/runtime';
import { anglesFromTorus, torusFromAngles, torusRadii, type TorusOptions } from '../embeddings/torus.js';
import { pointsOf, requireColumns, row, type Points } from '../points/points.js';
import { besselI0Scaled } from './bessel.js';
import {
  requireCount,
  requireOption,
  requireTolerance,
  requireVector,
  type ManifoldDistribution,
  type ToleranceOptions,
} from './distribution.js';
import { distanceToTorus } from './uniform.js';
import { sampleVonMises } from './von-mises.js';

/** Parameters of the sine model of Singh, Hnizdo and Demchuk (2002) for two angles. */
export interface SineVonMisesOptions {
  /** Means of phi and psi, radians. Default (0, 0). */
  readonly mean?: readonly [number, number];
  /** Concentrations kappa1, kappa2 >= 0. Default (1, 1). */
  readonly concentration?: readonly [number, number];
  /** Coefficient of `sin(phi - mu) sin(psi - nu)`, any sign; two modes when its square exceeds kappa1 kappa2. Default 0. */
  readonly correlation?: number;
}

/** A density over two angles, per radian squared. */
export interface AngleDistribution {
  /** `[count, 2]` phi, psi in [-pi, pi]. */
  sample(key: Key, count: number): Points;
  /** Log density per radian squared at each row of `[n, 2]`. */
  logDensity(angles: Points): Float64Array;
}

/**
 * The sine bivariate von Mises distribution over two angles:
 * `p(phi, psi) ~ exp(k1 cos(phi - mu) + k2 cos(psi - nu) + c sin(phi - mu) sin(psi - nu))`.
 *
 * Draws are exact: phi from its marginal by rejection under a piecewise constant bound, then psi given phi, which is
 * von Mises.
 *
 * @throws ConfigError `bad-option`
 */
export function sineVonMises(options: SineVonMisesOptions = {}): AngleDistribution {
  const { mean = [0, 0], concentration = [1, 1], correlation = 0 } = options;
  const where = 'sineVonMises';
  requireVector(`${where}({ mean })`, mean, 2);
  requireVector(`${where}({ concentration })`, concentration, 2);
  requireOption(
    concentration.every((k) => k >= 0),
    `${where}({ concentration })`,
    'two numbers >= 0',
    concentration,
  );
  requireOption(Number.isFinite(correlation), `${where}({ correlation })`, 'a finite number', correlation);
  const [k1, k2] = concentration;
  /** Concentration of psi given phi. */
  const conditional = (sine: number): number => Math.hypot(k2, correlation * sine);
  /** Log of the unnormalised marginal of `phi - mu`: the integral over psi is `2 pi I0`. */
  const logMarginal = (offset: number): number => {
    const k = conditional(Math.sin(offset));
    return k1 * Math.cos(offset) + k + Math.log(2 * Math.PI * besselI0Scaled(k));
  };
  const steepness = k1 + Math.abs(correlation);
  const logConstant = logIntegral(logMarginal, steepness);
  return {
    sample: (key, count) => {
      requireCount('sample(key, count)', count);
      const [phiKey, psiKey] = split(key);
      const offsets = sampleOnCircle(phiKey, count, logMarginal, steepness);
      const psi = sampleVonMises(
        psiKey,
        count,
        offsets.map((offset) => mean[1] + Math.atan2(correlation * Math.sin(offset), k2)),
        offsets.map((offset) => conditional(Math.sin(offset))),
      );
      const data = new Float64Array(2 * count);
      for (let i = 0; i < count; i++) {
        const phi = mean[0] + offsets[i];
        data[2 * i] = phi - 2 * Math.PI * Math.round(phi / (2 * Math.PI));
        data[2 * i + 1] = psi[i];
      }
      return pointsOf(data, 2);
    },
    logDensity: (angles) => {
      requireColumns(angles, 2, `${where}.logDensity(angles)`);
      return Float64Array.from({ length: angles.rows }, (_, i) => {
        const [phi, psi] = row(angles, i);
        const [a, b] = [phi - mean[0], psi - mean[1]];
        return k1 * Math.cos(a) + k2 * Math.cos(b) + correlation * Math.sin(a) * Math.sin(b) - logConstant;
      });
    },
  };
}

/** Options of {@link sineVonMisesTorus}. */
export interface SineVonMisesTorusOptions extends SineVonMisesOptions, TorusOptions, ToleranceOptions {}

/**
 * {@link sineVonMises} on an embedded torus. Its density with respect to area is the density per angles divided by
 * `r (R + r cos psi)`.
 *
 * @throws ConfigError `bad-option`, `bad-radius`
 */
export function sineVonMisesTorus(options: SineVonMisesTorusOptions = {}): ManifoldDistribution {
  const { tolerance = 1e-5 } = options;
  const { majorRadius, minorRadius } = torusRadii(options);
  requireTolerance('sine-von-mises-torus({ tolerance })', tolerance);
  const angles = sineVonMises(options);
  return {
    name: 'sine-von-mises-torus',
    ambientDimension: 3,
    manifoldDimension: 2,
    volume: 4 * Math.PI * Math.PI * majorRadius * minorRadius,
    sample: (key, count) => torusFromAngles(angles.sample(key, count), options),
    logDensity: (points) => {
      const at = anglesFromTorus(points, options);
      return angles.logDensity(at).map((value, i) => {
        if (!(distanceToTorus(row(points, i), options) <= tolerance)) return -Infinity;
        return value - Math.log(minorRadius * (majorRadius + minorRadius * Math.cos(at.data[2 * i + 1])));
      });
    },
  };
}

/**
 * Log of the integral of `exp(f)` over the circle. The trapezoidal rule converges faster than any power for a smooth
 * periodic function; `steepness` bounds the derivative of f and with it the number of nodes needed.
 */
function logIntegral(f: (angle: number) => number, steepness: number): number {
  const nodes = 64 + 16 * Math.ceil(steepness);
  const values = Array.from({ length: nodes }, (_, i) => f((2 * Math.PI * i) / nodes));
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = values.reduce((total, value) => total + Math.exp(value - high), 0);
  return high + Math.log((sum * 2 * Math.PI) / nodes);
}

/** Exact draws in [-pi, pi) from a density `exp(f)` whose logarithm changes by at most `steepness` a radian. */
function sampleOnCircle(
  key: Key,
  count: number,
  f: (angle: number) => number,
  steepness: number,
): Float64Array {
  // Cells so narrow that f stays within 0.1 of its value in the middle: at least exp(-0.2) are accepted.
  const cells = Math.ceil((Math.PI * steepness) / 0.1) + 1;
  const width = (2 * Math.PI) / cells;
  const bounds = Float64Array.from({ length: cells }, (_, c) => f(-Math.PI + (c + 0.5) * width) + 0.1);
  const high = bounds.reduce((a, b) => Math.max(a, b), -Infinity);
  const cumulative = new Float64Array(cells);
  let total = 0;
  bounds.forEach((bound, c) => (cumulative[c] = total += Math.exp(bound - high)));
  const angles = new Float64Array(count);
  let filled = 0;
  for (let round = 0; filled < count; round++) {
    const missing = count - filled;
    const draws = uniformArray(foldIn(key, round), 3 * missing);
    for (let i = 0; i < missing; i++) {
      const cell = firstAbove(cumulative, draws[3 * i] * total);
      const angle = -Math.PI + (cell + draws[3 * i + 1]) * width;
      if (Math.log(draws[3 * i + 2]) <= f(angle) - bounds[cell]) angles[filled++] = angle;
    }
  }
  return angles;
}

/** Index of the first entry of a rising array that is above `value`. */
function firstAbove(rising: Float64Array, value: number): number {
  let [low, high] = [0, rising.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
