import { ConfigError, normalArray, uniformArray, type Key } from '@ebim/runtime';
import { pointsOf, requireColumns, row, type Points } from '../points/points.js';

/** Parameters theta: one vector `[p]` for all points, or `[rows, p]`, one row a point. */
export type Context = readonly number[] | Float64Array | Points;

/** The prior of the parameters theta. */
export interface ContextPrior {
  /** Size p of theta. */
  readonly dimension: number;
  /** `[count, p]` independent draws. */
  sample(key: Key, count: number): Points;
  /** Natural logarithm of the density at one theta `[p]`; `-Infinity` outside of the support. */
  logDensity(theta: ArrayLike<number>): number;
}

/**
 * A simulated data set: points on (or close to) a manifold, whose distribution may depend on parameters theta. Host-side
 * float64; a key gives the same points on every machine.
 */
export interface Simulator {
  readonly name: string;
  /** Coordinates of a point, d. */
  readonly ambientDimension: number;
  /** Dimension of the manifold, n. */
  readonly manifoldDimension: number;
  /** `null` where there are no parameters. */
  readonly prior: ContextPrior | null;
  /**
   * `count` independent points `[count, d]` at `context`, which is required where there is a prior.
   *
   * @throws ConfigError `bad-option`, `missing-context`; ShapeError `wrong-columns`
   */
  sample(key: Key, count: number, context?: Context): Points;
  /** Points that do not belong to the data, to be told from them. Throws as `sample` does. */
  sampleOutOfDistribution(key: Key, count: number, context?: Context): Points;
  /**
   * The points of `sample` with their joint scores `[count, p]`, gradients of `log p(x, z | theta)` in theta; only where
   * the simulator knows them.
   */
  sampleWithScore?(key: Key, count: number, context: Context): { points: Points; jointScore: Points };
}

/** A simulator whose density is known exactly. */
export interface SimulatorWithDensity extends Simulator {
  /** What `logDensity` is with respect to: area of the manifold, or volume of the space around it. */
  readonly densityOn: 'manifold' | 'ambient';
  /** Natural logarithm of the density at each row. Throws as `sample` does. */
  logDensity(points: Points, context?: Context): Float64Array;
  /** Euclidean distance of each row to the manifold. @throws ShapeError `wrong-columns` */
  distance(points: Points): Float64Array;
}

/** Uniform on a box: each component in `[low, high]`. */
export function uniformPrior(dimension: number, low: number, high: number): ContextPrior {
  const logDensity = -dimension * Math.log(high - low);
  return {
    dimension,
    sample: (key, count) =>
      pointsOf(
        uniformArray(key, count * dimension).map((u) => low + u * (high - low)),
        dimension,
      ),
    logDensity: (theta) =>
      Array.from(theta).every((value) => value >= low && value <= high) ? logDensity : -Infinity,
  };
}

/** Standard normal in each component. */
export const standardNormalPrior = (dimension: number): ContextPrior => ({
  dimension,
  sample: (key, count) => pointsOf(normalArray(key, count * dimension), dimension),
  logDensity: (theta) =>
    Array.from(theta).reduce(
      (sum, value) => sum - (value * value) / 2,
      -(dimension / 2) * Math.log(2 * Math.PI),
    ),
});

/**
 * theta of each of `count` points.
 *
 * @throws {@link ConfigError} `missing-context`, `bad-context`; ShapeError `wrong-columns`
 */
export function contextRows(
  context: Context | undefined,
  dimension: number,
  count: number,
  where: string,
): (i: number) => Float64Array {
  if (context === undefined)
    throw new ConfigError({
      code: 'missing-context',
      where,
      expected: `parameters theta of size ${dimension}`,
      received: 'none',
      hint: 'Give one vector for all points, or one row for each; `prior.sample` draws them.',
    });
  const table = isTable(context)
    ? context
    : pointsOf(Float64Array.from(context), Math.max(1, context.length));
  requireColumns(table, dimension, `${where}: context`);
  if (table.rows !== count && isTable(context))
    throw new ConfigError({
      code: 'bad-context',
      where,
      expected: `one theta for all points, or ${count} rows, one a point`,
      received: `${table.rows} rows`,
    });
  if (!table.data.every(Number.isFinite))
    throw new ConfigError({
      code: 'bad-context',
      where,
      expected: 'finite parameters',
      received: 'a value that is not finite',
    });
  return isTable(context) ? (i) => row(table, i) : () => table.data;
}

const isTable = (context: Context): context is Points => 'rows' in context;
