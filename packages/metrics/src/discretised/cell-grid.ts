import { ConfigError } from '@ebim/runtime';

/** Equal cells over a box: `ticks - 1` of them along each axis. */
export interface CellGrid {
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** Ticks along each axis, the ends included, as `linspace(lower, upper, ticks)` lays them. */
  readonly ticks: number;
}

/** Which point of a cell stands for it. */
export type CellAnchor = 'corner' | 'centre';

/**
 * Checks a grid of cells.
 *
 * @throws ConfigError when bounds do not match, are empty or not finite, or there are fewer than two ticks
 */
export function checkGrid(grid: CellGrid, where: string): void {
  const { lower, upper, ticks } = grid;
  const fail = (expected: string, received: string) => {
    throw new ConfigError({ code: 'invalid-grid', where: `${where}: grid`, expected, received });
  };
  if (lower.length === 0 || lower.length !== upper.length) {
    fail('as many lower as upper bounds, one or more', `${lower.length} and ${upper.length}`);
  }
  if (!(Number.isInteger(ticks) && ticks >= 2)) fail('at least 2 ticks', String(ticks));
  if ((ticks - 1) ** lower.length > Number.MAX_SAFE_INTEGER) fail('fewer than 2^53 cells', `${ticks} ticks`);
  lower.forEach((low, axis) => {
    const finite = Number.isFinite(low) && Number.isFinite(upper[axis]);
    if (!finite || low >= upper[axis]) fail('lower < upper, both finite', `[${low}, ${upper[axis]}]`);
  });
}

/** The i-th tick of an axis, rounded as NumPy's `linspace` rounds it. */
export function tickAt(grid: CellGrid, axis: number, i: number): number {
  const { lower, upper, ticks } = grid;
  if (i === ticks - 1) return upper[axis];
  return i * ((upper[axis] - lower[axis]) / (ticks - 1)) + lower[axis];
}

/** Half-open interval [tick_i, tick_i+1) that holds `x`; -1 outside the box. */
function intervalOf(grid: CellGrid, axis: number, x: number): number {
  const { lower, upper, ticks } = grid;
  if (!(x >= lower[axis] && x < upper[axis])) return -1;
  const guess = Math.floor(((x - lower[axis]) / (upper[axis] - lower[axis])) * (ticks - 1));
  let i = Math.min(ticks - 2, Math.max(0, guess));
  // The guess may be off by one beside a tick.
  if (x < tickAt(grid, axis, i)) i--;
  else if (x >= tickAt(grid, axis, i + 1)) i++;
  return i;
}

/** Number of the cell (row-major) that holds the point at `data[offset ..]`; -1 outside the box. */
export function cellOf(grid: CellGrid, data: ArrayLike<number>, offset: number): number {
  let cell = 0;
  for (let axis = 0; axis < grid.lower.length; axis++) {
    const i = intervalOf(grid, axis, data[offset + axis]);
    if (i === -1) return -1;
    cell = cell * (grid.ticks - 1) + i;
  }
  return cell;
}

/** Coordinate that stands for the i-th interval of an axis. */
export function anchorAt(grid: CellGrid, axis: number, i: number, anchor: CellAnchor): number {
  const low = tickAt(grid, axis, i);
  return anchor === 'corner' ? low : (low + tickAt(grid, axis, i + 1)) / 2;
}
