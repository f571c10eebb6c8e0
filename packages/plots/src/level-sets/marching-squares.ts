import { checkGrid, checkGridValues, gridAxis, type Grid } from './grid.js';
import { chainPolylines, type Polyline } from './polylines.js';

/** Options of {@link marchingSquares} and of marching cubes. */
export interface LevelSetOptions {
  /** The value at which to cut. Default 0. */
  readonly level?: number;
}

/** A curve in the plane. */
export interface Curve {
  /** Coordinates, `[count, 2]` flat. */
  readonly vertices: Float64Array;
  /** Vertex indices, `[count, 2]` flat; the larger values of the function lie to the right. */
  readonly edges: Uint32Array;
}

/** Result of {@link marchingSquares}. */
export interface LevelCurve extends Curve {
  /** The edges chained into curves; a vertex belongs to exactly one. */
  readonly polylines: readonly Polyline[];
  /** For each vertex the two grid points between which it lies: first below, then at or above the level, `[count, 2]` flat. */
  readonly gridEdges: Uint32Array;
}

/** Cell edges: 0 bottom, 1 right, 2 top, 3 left. Corners are counted from the lower left, counter-clockwise. */
const SEGMENTS: readonly (readonly number[])[] = [
  [],
  [0, 3],
  [1, 0],
  [1, 3],
  [2, 1],
  [],
  [2, 0],
  [2, 3],
  [3, 2],
  [0, 2],
  [],
  [1, 2],
  [3, 1],
  [0, 1],
  [3, 0],
  [],
];

/**
 * Level curve of values on a grid of two axes. Vertices lie on grid edges by linear interpolation and are
 * shared by the two cells of an edge, so every curve is closed or ends on the border. In an ambiguous cell
 * the saddle value of the bilinear interpolant decides which corners are joined. A value equal to the level
 * counts as above it.
 *
 * @param values `[resolution[0], resolution[1]]`, flat, second axis fastest
 * @throws DataError when the values do not fill the grid or are not finite.
 * @example
 * const grid = makeGrid([[-2, 2], [-2, 2]], 64);
 * const values = await evaluateOnGrid(pointwise((x, y) => Math.hypot(x, y) - 1), grid);
 * const { polylines } = marchingSquares(values, grid); // one closed loop
 */
export function marchingSquares(
  values: ArrayLike<number>,
  grid: Grid,
  options: LevelSetOptions = {},
): LevelCurve {
  checkGrid(grid, 2, 'marchingSquares');
  checkGridValues(values, grid, 'marchingSquares');
  const { level = 0 } = options;
  const [nx, ny] = grid.resolution as readonly [number, number];
  const xs = gridAxis(grid, 0);
  const ys = gridAxis(grid, 1);
  const vertices: number[] = [];
  const gridEdges: number[] = [];
  const edges: number[] = [];
  // Vertex on the edge that leaves grid point p along the first (0) or second (1) axis, or -1.
  const known = [new Int32Array(nx * ny).fill(-1), new Int32Array(nx * ny).fill(-1)] as const;

  const vertexOn = (point: number, axis: 0 | 1): number => {
    const found = known[axis][point];
    if (found >= 0) return found;
    const other = point + (axis === 0 ? ny : 1);
    const [below, above] = values[point] < level ? [point, other] : [other, point];
    const t = (level - values[below]) / (values[above] - values[below]);
    const at = (axisValues: Float64Array, a: number, b: number): number =>
      axisValues[a] + t * (axisValues[b] - axisValues[a]);
    vertices.push(at(xs, Math.floor(below / ny), Math.floor(above / ny)), at(ys, below % ny, above % ny));
    gridEdges.push(below, above);
    const index = gridEdges.length / 2 - 1;
    known[axis][point] = index;
    return index;
  };

  for (let i = 0; i + 1 < nx; i++) {
    for (let j = 0; j + 1 < ny; j++) {
      const p00 = i * ny + j;
      const p10 = p00 + ny;
      const v00 = values[p00] - level;
      const v10 = values[p10] - level;
      const v11 = values[p10 + 1] - level;
      const v01 = values[p00 + 1] - level;
      const code = (v00 < 0 ? 1 : 0) | (v10 < 0 ? 2 : 0) | (v11 < 0 ? 4 : 0) | (v01 < 0 ? 8 : 0);
      if (code === 0 || code === 15) continue;
      let segments = SEGMENTS[code];
      if (code === 5 || code === 10) {
        const joined = (v00 * v11 - v10 * v01) / (v00 + v11 - v10 - v01) < 0;
        if (code === 5) segments = joined ? [0, 1, 2, 3] : [0, 3, 2, 1];
        else segments = joined ? [3, 0, 1, 2] : [1, 0, 3, 2];
      }
      for (const edge of segments) {
        if (edge === 0) edges.push(vertexOn(p00, 0));
        else if (edge === 1) edges.push(vertexOn(p10, 1));
        else if (edge === 2) edges.push(vertexOn(p00 + 1, 0));
        else edges.push(vertexOn(p00, 1));
      }
    }
  }
  const edgeArray = Uint32Array.from(edges);
  return {
    vertices: Float64Array.from(vertices),
    edges: edgeArray,
    gridEdges: Uint32Array.from(gridEdges),
    polylines: chainPolylines(edgeArray, vertices.length / 2),
  };
}
