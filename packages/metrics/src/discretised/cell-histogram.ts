import { ConfigError, DataError, ShapeError } from '@ebim/runtime';
import { checkPoints, type Points } from '../points.js';
import { anchorAt, cellOf, checkGrid, type CellAnchor, type CellGrid } from './cell-grid.js';

/** Points of a manifold and the value of a density (any positive multiple of it) at each. */
export interface DensityPoints {
  readonly points: Points;
  /** Density at each point, [rows]. */
  readonly density: ArrayLike<number>;
}

/** Measure of how much manifold each cell holds, see {@link CellHistogramOptions}. */
export type CellArea = 'equal' | 'counted' | Points;

/** Options of {@link cellHistogram}. */
export interface CellHistogramOptions {
  readonly grid: CellGrid;
  /** Point that stands for a cell. Default `centre`. */
  readonly anchor?: CellAnchor;
  /**
   * How much of the manifold a cell is taken to hold. `equal` (default): the same in every occupied cell, as the
   * reference implementation has it. `counted`: the number of the given points in the cell, right when they are
   * uniform on the manifold with respect to area. Points: the number of these, which are uniform in place of the
   * given ones; cells without any of them are dropped.
   */
  readonly area?: CellArea;
}

/** A measure on the occupied cells of a grid. */
export interface CellHistogram {
  /** Anchors of the occupied cells, in row-major order of the cells. */
  readonly positions: Points;
  /** Mass of each occupied cell; sum 1. */
  readonly masses: Float64Array;
  /** Points given that lie in the box. */
  readonly inside: number;
  /** Points given that lie outside the box and were left out. */
  readonly dropped: number;
}

interface CellSum {
  sum: number;
  count: number;
}

function sumByCell(points: Points, grid: CellGrid, density: ArrayLike<number> | null): Map<number, CellSum> {
  const cells = new Map<number, CellSum>();
  for (let k = 0; k < points.rows; k++) {
    const cell = cellOf(grid, points.data, k * points.columns);
    if (cell === -1) continue;
    let entry = cells.get(cell);
    if (entry === undefined) cells.set(cell, (entry = { sum: 0, count: 0 }));
    entry.sum += density === null ? 1 : density[k];
    entry.count++;
  }
  return cells;
}

function checkDensityPoints(input: DensityPoints, grid: CellGrid, where: string): void {
  const { points, density } = input;
  checkPoints(points, `${where}: points`);
  if (points.columns !== grid.lower.length) {
    throw new ShapeError({
      code: 'shape-mismatch',
      where,
      expected: `points of ${grid.lower.length} coordinates, as the grid has`,
      received: String(points.columns),
    });
  }
  if (density.length !== points.rows) {
    throw new ShapeError({
      code: 'shape-mismatch',
      where,
      expected: `one density for each of ${points.rows} points`,
      received: String(density.length),
    });
  }
  for (let k = 0; k < density.length; k++) {
    if (density[k] >= 0 && density[k] < Infinity) continue;
    throw new DataError({
      code: 'invalid-density',
      where,
      expected: 'finite densities >= 0',
      received: `${density[k]} at index ${k}`,
      details: { index: k },
    });
  }
}

/**
 * Turns a density on a manifold into a measure on cells: each occupied cell gets the mean density of the points
 * inside it (times the area it holds, if asked), and the whole is normalised. Cells are half-open,
 * [tick_i, tick_i+1); points outside are dropped and counted.
 *
 * @throws ShapeError when points, densities and grid do not fit together
 * @throws DataError when a density is negative or not finite, or no mass lies in the box
 * @throws ConfigError for an impossible grid
 */
export function cellHistogram(input: DensityPoints, options: CellHistogramOptions): CellHistogram {
  const where = 'cellHistogram';
  const { grid, anchor = 'centre', area = 'equal' } = options;
  checkGrid(grid, where);
  if (anchor !== 'corner' && anchor !== 'centre') {
    throw new ConfigError({
      code: 'invalid-option',
      where: `${where}: anchor`,
      expected: "'corner' or 'centre'",
      received: String(anchor),
    });
  }
  checkDensityPoints(input, grid, where);
  const { points, density } = input;
  const sums = sumByCell(points, grid, density);
  let areas = area === 'counted' ? sums : null;
  if (area !== 'equal' && area !== 'counted') {
    checkDensityPoints({ points: area, density: new Float64Array(area.rows) }, grid, `${where}: area`);
    areas = sumByCell(area, grid, null);
  }

  const weightOf = (cell: number) => (areas === null ? 1 : (areas.get(cell)?.count ?? 0));
  const cells = [...sums.keys()].filter((cell) => weightOf(cell) > 0).sort((x, y) => x - y);
  const masses = new Float64Array(cells.length);
  let inside = 0;
  for (const entry of sums.values()) inside += entry.count;
  let total = 0;
  cells.forEach((cell, k) => {
    const { sum, count } = sums.get(cell) as CellSum;
    masses[k] = (sum / count) * weightOf(cell);
    total += masses[k];
  });
  if (!(total > 0)) {
    throw new DataError({
      code: 'empty-histogram',
      where,
      expected: 'points with positive density inside the box',
      received: `${inside} of ${points.rows} points inside, total mass ${total}`,
    });
  }
  return {
    positions: anchorsOf(cells, grid, anchor),
    masses: masses.map((mass) => mass / total),
    inside,
    dropped: points.rows - inside,
  };
}

function anchorsOf(cells: readonly number[], grid: CellGrid, anchor: CellAnchor): Points {
  const dimension = grid.lower.length;
  const data = new Float64Array(cells.length * dimension);
  cells.forEach((cell, k) => {
    let rest = cell;
    for (let axis = dimension - 1; axis >= 0; axis--) {
      data[k * dimension + axis] = anchorAt(grid, axis, rest % (grid.ticks - 1), anchor);
      rest = Math.floor(rest / (grid.ticks - 1));
    }
  });
  return { data, rows: cells.length, columns: dimension };
}
