import { ConfigError, DataError } from '@ebim/runtime';
import type { Points } from '../points.js';

/**
 * A regular lattice over a box. Axis `d` has `resolution[d]` points, the first at the lower and the last at
 * the upper bound. Values on a grid are stored with the last axis fastest.
 */
export interface Grid {
  /** One `[low, high]` per axis. */
  readonly bounds: readonly (readonly [number, number])[];
  /** Points per axis, each at least 2. */
  readonly resolution: readonly number[];
}

/** A function of many points at once: rows of coordinates to one value per row. */
export type BatchFunction = (points: Points) => ArrayLike<number> | Promise<ArrayLike<number>>;

/** Options of {@link evaluateOnGrid}. */
export interface EvaluateOnGridOptions {
  /** Rows per call of the function, so that memory stays bounded. Default 65536. */
  readonly chunkSize?: number;
  /** Stops between chunks. */
  readonly signal?: AbortSignal;
}

/**
 * Builds a grid and checks it.
 *
 * @param bounds one `[low, high]` per axis
 * @param resolution points per axis, or one number for all
 * @throws ConfigError when a bound is not finite and increasing, or a resolution is not an integer >= 2.
 * @example
 * const grid = makeGrid([[-1, 1], [-2, 2]], 101);
 */
export function makeGrid(
  bounds: readonly (readonly [number, number])[],
  resolution: number | readonly number[],
): Grid {
  const grid = {
    bounds,
    resolution: typeof resolution === 'number' ? bounds.map(() => resolution) : resolution,
  };
  checkGrid(grid, bounds.length, 'makeGrid');
  return grid;
}

/**
 * Refuses a grid that does not have the wanted number of axes or is not a lattice.
 *
 * @throws ConfigError
 */
export function checkGrid(grid: Grid, axes: number, where: string): void {
  const { bounds, resolution } = grid;
  if (axes < 1 || bounds.length !== axes || resolution.length !== axes) {
    throw new ConfigError({
      code: 'grid-axes',
      where,
      expected: `a grid with ${Math.max(axes, 1)} bounds and as many resolutions`,
      received: `${bounds.length} and ${resolution.length}`,
    });
  }
  for (const [low, high] of bounds) {
    if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
      throw new ConfigError({
        code: 'grid-bounds',
        where,
        expected: 'finite bounds [low, high] with low < high',
        received: `[${low}, ${high}]`,
      });
    }
  }
  for (const count of resolution) {
    if (!(Number.isInteger(count) && count >= 2)) {
      throw new ConfigError({
        code: 'grid-resolution',
        where,
        expected: 'a resolution that is an integer of at least 2',
        received: `${count}`,
      });
    }
  }
}

/** Number of points of a grid. */
export function gridSize(grid: Grid): number {
  return grid.resolution.reduce((product, count) => product * count, 1);
}

/** Coordinate of index `index` on an axis: `low + index / (resolution - 1) * (high - low)`, exact at both ends. */
export function gridCoordinate(grid: Grid, axis: number, index: number): number {
  const [low, high] = grid.bounds[axis];
  const last = grid.resolution[axis] - 1;
  return index === last ? high : low + (index / last) * (high - low);
}

/** Coordinates of an axis, `[resolution]`. */
export function gridAxis(grid: Grid, axis: number): Float64Array {
  return Float64Array.from({ length: grid.resolution[axis] }, (_, index) =>
    gridCoordinate(grid, axis, index),
  );
}

/** The grid points from flat index `start` up to `end` (exclusive) as rows, `[end - start, axes]`. */
export function gridPoints(grid: Grid, start = 0, end: number = gridSize(grid)): Points {
  const columns = grid.bounds.length;
  const axes = grid.bounds.map((_, axis) => gridAxis(grid, axis));
  const data = new Float64Array((end - start) * columns);
  for (let row = 0; row < end - start; row++) {
    let rest = start + row;
    for (let axis = columns - 1; axis >= 0; axis--) {
      const count = grid.resolution[axis];
      data[row * columns + axis] = axes[axis][rest % count];
      rest = Math.floor(rest / count);
    }
  }
  return { data, rows: end - start, columns };
}

/**
 * Values of a batched function at every grid point, in chunks.
 *
 * @param f rows `[n, axes]` to `n` values; may return a promise
 * @returns values `[...resolution]`, flat, last axis fastest
 * @throws DataError when `f` returns another number of values than rows.
 * @example
 * const grid = makeGrid([[-2, 2], [-2, 2]], 64);
 * const values = await evaluateOnGrid(pointwise((x, y) => Math.hypot(x, y) - 1), grid);
 */
export async function evaluateOnGrid(
  f: BatchFunction,
  grid: Grid,
  options: EvaluateOnGridOptions = {},
): Promise<Float64Array> {
  checkGrid(grid, grid.bounds.length, 'evaluateOnGrid');
  const { chunkSize = 65536, signal } = options;
  if (!(Number.isInteger(chunkSize) && chunkSize > 0)) {
    throw new ConfigError({
      code: 'chunk-size',
      where: 'evaluateOnGrid({ chunkSize })',
      expected: 'a positive integer',
      received: `${chunkSize}`,
    });
  }
  const size = gridSize(grid);
  const values = new Float64Array(size);
  for (let start = 0; start < size; start += chunkSize) {
    signal?.throwIfAborted();
    const end = Math.min(start + chunkSize, size);
    values.set(await evaluateRows(f, gridPoints(grid, start, end), 'evaluateOnGrid'), start);
  }
  return values;
}

/** Calls a batched function and checks that it gave one value per row. */
export async function evaluateRows(
  f: BatchFunction,
  points: Points,
  where: string,
): Promise<ArrayLike<number>> {
  const result = await f(points);
  if (result.length !== points.rows) {
    throw new DataError({
      code: 'function-values',
      where,
      expected: `a function that returns ${points.rows} values for ${points.rows} rows`,
      received: `${result.length} values`,
    });
  }
  return result;
}

/** Refuses values that do not fill the grid or are not finite. */
export function checkGridValues(values: ArrayLike<number>, grid: Grid, where: string): void {
  const size = gridSize(grid);
  if (values.length !== size) {
    throw new DataError({
      code: 'grid-values',
      where,
      expected: `${grid.resolution.join(' x ')} = ${size} values`,
      received: `${values.length}`,
    });
  }
  for (let i = 0; i < size; i++) {
    if (!Number.isFinite(values[i])) {
      throw new DataError({
        code: 'grid-values-finite',
        where,
        expected: 'finite values on the grid',
        received: `${values[i]} at index ${i}`,
        hint: 'The function diverges inside the box: shrink the box or check the model.',
        details: { index: i },
      });
    }
  }
}
