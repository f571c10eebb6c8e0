import { evaluateOnGrid, type BatchFunction, type EvaluateOnGridOptions, type Grid } from './grid.js';
import { zeroLevel } from './level.js';
import { marchingCubes, type LevelSurface } from './marching-cubes.js';
import { marchingSquares, type LevelCurve } from './marching-squares.js';
import { refineVertices } from './refine.js';

/** Options of {@link levelCurveOf} and {@link levelSurfaceOf}. */
export interface LevelSetOfOptions extends EvaluateOnGridOptions {
  /** The value at which to cut. Default: zero, or what {@link zeroLevel} puts in its place. */
  readonly level?: number;
  /** Evaluations per vertex that move it onto the true level set; 0 for linear interpolation only. Default 4. */
  readonly refine?: number;
}

/** A level set together with what it was cut from. */
export interface CutFunction {
  /** Values on the grid. */
  readonly values: Float64Array;
  /** The level used. */
  readonly level: number;
  /** False when zero was asked for and the function has no zero on the grid. */
  readonly crosses: boolean;
}

/**
 * Zero set (or another level set) of a function of two variables: evaluates, cuts, refines.
 *
 * @example
 * const f = pointwise((x, y) => Math.hypot(x, y) - 1);
 * const circle = await levelCurveOf(f, makeGrid([[-2, 2], [-2, 2]], 100));
 * curveLength(circle); // 6.28
 */
export async function levelCurveOf(
  f: BatchFunction,
  grid: Grid,
  options: LevelSetOfOptions = {},
): Promise<LevelCurve & CutFunction> {
  const cut = await cutFunction(f, grid, options);
  const curve = marchingSquares(cut.values, grid, cut);
  return { ...curve, ...cut, vertices: await refined(f, curve, grid, cut, options) };
}

/**
 * Zero set (or another level set) of a function of three variables: evaluates, cuts, refines.
 *
 * @example
 * const f = pointwise((x, y, z) => Math.hypot(x, y, z) - 1);
 * const sphere = await levelSurfaceOf(f, makeGrid([[-2, 2], [-2, 2], [-2, 2]], 40));
 * meshArea(sphere); // 12.5
 */
export async function levelSurfaceOf(
  f: BatchFunction,
  grid: Grid,
  options: LevelSetOfOptions = {},
): Promise<LevelSurface & CutFunction> {
  const cut = await cutFunction(f, grid, options);
  const surface = marchingCubes(cut.values, grid, cut);
  return { ...surface, ...cut, vertices: await refined(f, surface, grid, cut, options) };
}

async function cutFunction(f: BatchFunction, grid: Grid, options: LevelSetOfOptions): Promise<CutFunction> {
  const values = await evaluateOnGrid(f, grid, options);
  const chosen = options.level === undefined ? zeroLevel(values) : { level: options.level, crosses: true };
  return { values, ...chosen };
}

async function refined(
  f: BatchFunction,
  levelSet: LevelCurve | LevelSurface,
  grid: Grid,
  cut: CutFunction,
  options: LevelSetOfOptions,
): Promise<Float64Array> {
  const { refine = 4, chunkSize } = options;
  if (refine === 0) return levelSet.vertices;
  return refineVertices(f, levelSet, cut.values, grid, {
    level: cut.level,
    steps: refine,
    ...(chunkSize === undefined ? {} : { chunkSize }),
  });
}
