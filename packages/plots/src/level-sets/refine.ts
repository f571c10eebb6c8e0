import { ConfigError } from '@ebim/runtime';
import { evaluateRows, gridAxis, type BatchFunction, type Grid } from './grid.js';

/** A curve or a surface cut from a grid, with the grid edges on which its vertices lie. */
interface LevelSet {
  readonly vertices: Float64Array;
  readonly gridEdges: Uint32Array;
}

/** Options of {@link refineVertices}. */
export interface RefineOptions {
  /** The value at which the grid was cut. Default 0. */
  readonly level?: number;
  /** Evaluations of the function per vertex. Default 4. */
  readonly steps?: number;
  /** Rows per call of the function. Default 65536. */
  readonly chunkSize?: number;
}

/**
 * Moves each vertex along its grid edge to where the function itself has the level: linear interpolation is
 * off by the square of the cell size, this is not. Safeguarded false position (Illinois rule) on all
 * vertices at once, so a vertex never leaves its edge and the mesh keeps its connectivity.
 *
 * @param f the function whose grid values were cut
 * @param values those values, `[...resolution]` flat
 * @returns new vertices, in the order of `levelSet.vertices`
 * @example
 * const f = pointwise((x, y, z) => Math.hypot(x, y, z) - 1);
 * const grid = makeGrid([[-1.5, 1.5], [-1.5, 1.5], [-1.5, 1.5]], 20);
 * const values = await evaluateOnGrid(f, grid);
 * const mesh = marchingCubes(values, grid);
 * const exact = { ...mesh, vertices: await refineVertices(f, mesh, values, grid) };
 */
export async function refineVertices(
  f: BatchFunction,
  levelSet: LevelSet,
  values: ArrayLike<number>,
  grid: Grid,
  options: RefineOptions = {},
): Promise<Float64Array> {
  const { level = 0, steps = 4, chunkSize = 65536 } = options;
  if (!(Number.isInteger(steps) && steps >= 0)) {
    throw new ConfigError({
      code: 'refine-steps',
      where: 'refineVertices({ steps })',
      expected: 'an integer of at least 0',
      received: `${steps}`,
    });
  }
  const { gridEdges } = levelSet;
  const refined = Float64Array.from(levelSet.vertices);
  for (let start = 0; start < gridEdges.length / 2; start += chunkSize) {
    const end = Math.min(start + chunkSize, gridEdges.length / 2);
    await refineChunk(
      f,
      gridEdges.subarray(2 * start, 2 * end),
      values,
      grid,
      level,
      steps,
      (index, axis, x) => {
        refined[(start + index) * grid.bounds.length + axis] = x;
      },
    );
  }
  return refined;
}

async function refineChunk(
  f: BatchFunction,
  gridEdges: Uint32Array,
  values: ArrayLike<number>,
  grid: Grid,
  level: number,
  steps: number,
  store: (index: number, axis: number, x: number) => void,
): Promise<void> {
  const rows = gridEdges.length / 2;
  const columns = grid.bounds.length;
  const axes = grid.bounds.map((_, axis) => gridAxis(grid, axis));
  const from = new Float64Array(rows * columns);
  const to = new Float64Array(rows * columns);
  const fLow = new Float64Array(rows);
  const fHigh = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const [below, above] = [gridEdges[2 * r], gridEdges[2 * r + 1]];
    let [lower, upper] = [below, above];
    for (let c = columns - 1; c >= 0; c--) {
      const count = grid.resolution[c];
      from[r * columns + c] = axes[c][lower % count];
      to[r * columns + c] = axes[c][upper % count];
      lower = Math.floor(lower / count);
      upper = Math.floor(upper / count);
    }
    fLow[r] = values[below] - level;
    fHigh[r] = values[above] - level;
  }
  const low = new Float64Array(rows);
  const high = new Float64Array(rows).fill(1);
  const best = new Float64Array(rows);
  // Which end moved last: -1 lower, 1 upper. An end that stays put twice has its value halved.
  const moved = new Int8Array(rows);
  const data = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) best[r] = falsePosition(low[r], high[r], fLow[r], fHigh[r]);
  for (let step = 0; step < steps; step++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const n = r * columns + c;
        data[n] = from[n] + best[r] * (to[n] - from[n]);
      }
    }
    const results = await evaluateRows(f, { data, rows, columns }, 'refineVertices');
    for (let r = 0; r < rows; r++) {
      const value = results[r] - level;
      if (value < 0) {
        low[r] = best[r];
        fLow[r] = value;
        if (moved[r] === -1) fHigh[r] /= 2;
        moved[r] = -1;
      } else if (value > 0) {
        high[r] = best[r];
        fHigh[r] = value;
        if (moved[r] === 1) fLow[r] /= 2;
        moved[r] = 1;
      } else {
        // Found exactly, or not a number: nothing left to narrow.
        low[r] = best[r];
        high[r] = best[r];
      }
      best[r] = falsePosition(low[r], high[r], fLow[r], fHigh[r]);
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const n = r * columns + c;
      store(r, c, from[n] + best[r] * (to[n] - from[n]));
    }
  }
}

/** Zero of the chord between two ends, kept between them. */
function falsePosition(low: number, high: number, fLow: number, fHigh: number): number {
  const t = low + ((high - low) * fLow) / (fLow - fHigh);
  return t >= low && t <= high ? t : (low + high) / 2;
}
