import { foldIn, split, uniformArray, type Key } from '@ebim/runtime';
import { pointsOf, requireColumns, row, type Points } from '../points/points.js';
import {
  componentOf,
  normalisedWeights,
  requireCount,
  requireOption,
  requirePositive,
  requireTolerance,
  requireVector,
  type ManifoldDistribution,
  type ToleranceOptions,
} from './distribution.js';
import { sampleVonMises, vonMisesLogDensity } from './von-mises.js';

/** One von Mises distribution on one circle in the plane. */
export interface VonMisesComponent {
  /** Concentration kappa >= 0; 0 is uniform. Default 2. */
  readonly concentration?: number;
  /** Angle of the mode as seen from the centre, radians. Default 0. */
  readonly mean?: number;
  /** Radius of the circle. Default 1. */
  readonly radius?: number;
  /** Centre of the circle. Default (0, 0). */
  readonly center?: readonly [number, number];
}

/** Options of {@link vonMisesCircle}. */
export interface VonMisesCircleOptions extends VonMisesComponent, ToleranceOptions {}

/**
 * The von Mises distribution on a circle (Fig 1 of the EBIM paper with the defaults): density with respect to arc
 * length `exp(kappa cos(theta - mean)) / (2 pi I0(kappa) radius)`.
 *
 * @throws ConfigError `bad-option`
 * @example
 * ```ts
 * import { key } from '@ebim/runtime';
 * import { toTensor, vonMisesCircle } from '@ebim/datasets';
 * const circle = vonMisesCircle({ concentration: 2 });
 * const points = circle.sample(key(0), 1000);
 * console.log(points.rows, points.columns, circle.logDensity(points)[0]);
 * toTensor(points).print();
 * ```
 */
export const vonMisesCircle = (options: VonMisesCircleOptions = {}): ManifoldDistribution =>
  circleMixture('von-mises-circle', [options], [1], options.tolerance);

/** The uniform distribution on a circle, density `1 / (2 pi radius)`. @throws ConfigError `bad-option` */
export const uniformCircle = (
  options: Pick<VonMisesCircleOptions, 'radius' | 'center' | 'tolerance'> = {},
): ManifoldDistribution =>
  circleMixture('uniform-circle', [{ ...options, concentration: 0 }], [1], options.tolerance);

/** Where the two circles of {@link vonMisesMixture} lie: as in the authors' code, or as in the paper's text. */
export type MixtureCenters =
  'reference' | 'paper' | readonly [readonly [number, number], readonly [number, number]];

/** Options of {@link vonMisesMixture}. */
export interface VonMisesMixtureOptions extends ToleranceOptions {
  /**
   * `'reference'` (±1.8, 0), from which all stored outputs were made, or `'paper'` (±2, 0), or two centres.
   * Default `'reference'`.
   */
  readonly centers?: MixtureCenters;
  /** kappa of both. Default 2. */
  readonly concentration?: number;
  /** Radius of both. Default 1. */
  readonly radius?: number;
  /** Weights of the first and second circle; divided by their sum. Default [0.5, 0.5]. */
  readonly weights?: readonly [number, number];
}

const PRESETS = {
  reference: [
    [-1.8, 0],
    [1.8, 0],
  ],
  paper: [
    [-2, 0],
    [2, 0],
  ],
} as const;

/**
 * Two von Mises distributions on two circles whose modes face each other (Fig 4 and row 1 of Table 1 of the EBIM
 * paper).
 *
 * @throws ConfigError `bad-option`
 */
export function vonMisesMixture(options: VonMisesMixtureOptions = {}): ManifoldDistribution {
  const { centers = 'reference', concentration, radius, weights = [0.5, 0.5], tolerance } = options;
  requireOption(
    typeof centers === 'string'
      ? Object.hasOwn(PRESETS, centers)
      : Array.isArray(centers) && centers.length === 2,
    'vonMisesMixture({ centers })',
    "'reference', 'paper' or two points",
    centers,
  );
  const [first, second] = typeof centers === 'string' ? PRESETS[centers] : centers;
  requireVector('vonMisesMixture({ centers })', [...first, ...second], 4);
  const toSecond = Math.atan2(second[1] - first[1], second[0] - first[0]);
  return circleMixture(
    'von-mises-mixture',
    [
      { center: first, mean: toSecond, concentration, radius },
      { center: second, mean: toSecond + Math.PI, concentration, radius },
    ],
    weights,
    tolerance,
  );
}

/**
 * Any number of von Mises distributions on circles in the plane. A point on several circles has the sum of their
 * densities.
 *
 * @throws ConfigError `bad-option`
 */
export function circleMixture(
  name: string,
  components: readonly VonMisesComponent[],
  weights: readonly number[],
  tolerance = 1e-5,
): ManifoldDistribution {
  requireOption(components.length > 0, `${name}: components`, 'at least one component', components.length);
  const circles = components.map((component) => checked(name, component));
  const shares = normalisedWeights(`${name}({ weights })`, weights, circles.length);
  requireTolerance(`${name}({ tolerance })`, tolerance);
  return {
    name,
    ambientDimension: 2,
    manifoldDimension: 1,
    volume: circles.reduce((sum, { radius }) => sum + 2 * Math.PI * radius, 0),
    sample: (key, count) => sampleCircles(key, count, circles, shares),
    logDensity: (points) => {
      requireColumns(points, 2, `${name}.logDensity(points)`);
      return Float64Array.from({ length: points.rows }, (_, i) =>
        logDensityAt(row(points, i), circles, shares, tolerance),
      );
    },
  };
}

type Circle = Required<VonMisesComponent>;

function checked(name: string, component: VonMisesComponent): Circle {
  const { concentration = 2, mean = 0, radius = 1, center = [0, 0] } = component;
  requireOption(
    concentration >= 0 && concentration < Infinity,
    `${name}({ concentration })`,
    'a finite number >= 0',
    concentration,
  );
  requireOption(Number.isFinite(mean), `${name}({ mean })`, 'a finite number of radians', mean);
  requirePositive(`${name}({ radius })`, radius);
  requireVector(`${name}({ center })`, center, 2);
  return { concentration, mean, radius, center };
}

function sampleCircles(
  key: Key,
  count: number,
  circles: readonly Circle[],
  weights: readonly number[],
): Points {
  requireCount('sample(key, count)', count);
  const [componentKey, angleKey] = split(key);
  const chosen = Array.from(uniformArray(componentKey, count), (u) => circles[componentOf(weights, u)]);
  const angles = sampleVonMises(
    foldIn(angleKey, 0),
    count,
    Float64Array.from(chosen, ({ mean }) => mean),
    Float64Array.from(chosen, ({ concentration }) => concentration),
  );
  const data = new Float64Array(2 * count);
  chosen.forEach(({ center, radius }, i) => {
    data[2 * i] = center[0] + radius * Math.cos(angles[i]);
    data[2 * i + 1] = center[1] + radius * Math.sin(angles[i]);
  });
  return pointsOf(data, 2);
}

function logDensityAt(
  [x, y]: Float64Array,
  circles: readonly Circle[],
  weights: readonly number[],
  tolerance: number,
): number {
  const distances = circles.map(({ center, radius }) =>
    Math.abs(Math.hypot(x - center[0], y - center[1]) - radius),
  );
  // With tolerance Infinity every point counts as its closest one, which lies on the nearest circle alone.
  const limit = tolerance === Infinity ? Math.min(...distances) : tolerance;
  let density = -Infinity;
  circles.forEach(({ center, radius, mean, concentration }, c) => {
    if (!(distances[c] <= limit)) return;
    const theta = Math.atan2(y - center[1], x - center[0]);
    const term = Math.log(weights[c]) + vonMisesLogDensity(theta, mean, concentration) - Math.log(radius);
    density = logAdd(density, term);
  });
  return density;
}

/** `log(exp(a) + exp(b))`, also for -Infinity. */
export function logAdd(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}
