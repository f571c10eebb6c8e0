import { checkGrid, checkGridValues, gridAxis, type Grid } from './grid.js';
import { CELL_EDGES, CUBE_TRIANGLES } from './cube-table.js';
import type { LevelSetOptions } from './marching-squares.js';

/** A triangle mesh in space. */
export interface Mesh {
  /** Coordinates, `[count, 3]` flat. */
  readonly vertices: Float64Array;
  /** Vertex indices, `[count, 3]` flat, counter-clockwise seen from the outer side. */
  readonly triangles: Uint32Array;
}

/** Result of {@link marchingCubes}. */
export interface LevelSurface extends Mesh {
  /** For each vertex the two grid points between which it lies: first below, then at or above the level, `[count, 2]` flat. */
  readonly gridEdges: Uint32Array;
}

/**
 * Level surface of values on a grid of three axes. Vertices lie on grid edges by linear interpolation at the
 * exact grid positions and are shared by all cells around an edge. The mesh is a manifold for any values:
 * every edge inside the box belongs to two triangles of the same orientation, with no cracks, and normals
 * point to the larger values. It is closed unless the surface leaves the box. A value equal to the level
 * counts as above it, so a surface through grid points has triangles of zero area there, but no holes.
 *
 * @param values `[...resolution]`, flat, last axis fastest
 * @throws DataError when the values do not fill the grid or are not finite.
 * @example
 * const grid = makeGrid([[-1.5, 1.5], [-1.5, 1.5], [-1.5, 1.5]], 64);
 * const values = await evaluateOnGrid(pointwise((x, y, z) => Math.hypot(x, y, z) - 1), grid);
 * const mesh = marchingCubes(values, grid);
 */
export function marchingCubes(
  values: ArrayLike<number>,
  grid: Grid,
  options: LevelSetOptions = {},
): LevelSurface {
  checkGrid(grid, 3, 'marchingCubes');
  checkGridValues(values, grid, 'marchingCubes');
  const { level = 0 } = options;
  const [nx, ny, nz] = grid.resolution as readonly [number, number, number];
  const axes = [gridAxis(grid, 0), gridAxis(grid, 1), gridAxis(grid, 2)] as const;
  const strides = [ny * nz, nz, 1] as const;
  const slab = ny * nz;
  const vertices: number[] = [];
  const gridEdges: number[] = [];
  const triangles: number[] = [];

  // Vertex on the edge that leaves a grid point along an axis, or -1: for the current and the next x-plane.
  const makeCache = (): Int32Array => new Int32Array(3 * slab).fill(-1);
  let planes = [makeCache(), makeCache()] as [Int32Array, Int32Array];

  const vertexOn = (cell: number, plane: number, edge: number): number => {
    const { corner, axis } = CELL_EDGES[edge];
    const dx = corner >> 2;
    const point = cell + dx * slab + ((corner >> 1) & 1) * nz + (corner & 1);
    const cache = planes[dx];
    const slot = 3 * (point - (plane + dx) * slab) + axis;
    const found = cache[slot];
    if (found >= 0) return found;
    const other = point + strides[axis];
    const [below, above] = values[point] < level ? [point, other] : [other, point];
    const t = (level - values[below]) / (values[above] - values[below]);
    for (let a = 0; a < 3; a++) {
      const from = axes[a][Math.floor(below / strides[a]) % grid.resolution[a]];
      if (a === axis) {
        const to = axes[a][Math.floor(above / strides[a]) % grid.resolution[a]];
        vertices.push(from + t * (to - from));
      } else vertices.push(from);
    }
    gridEdges.push(below, above);
    const index = gridEdges.length / 2 - 1;
    cache[slot] = index;
    return index;
  };

  for (let i = 0; i + 1 < nx; i++) {
    for (let j = 0; j + 1 < ny; j++) {
      const row = i * slab + j * nz;
      // The four corners at the far end of the previous cell are the near ones of the next.
      let near = belowBits(values, level, row, slab, nz);
      for (let k = 0; k + 1 < nz; k++) {
        const far = belowBits(values, level, row + k + 1, slab, nz);
        const code = near | (far << 1);
        near = far;
        if (code === 0 || code === 255) continue;
        for (const edge of CUBE_TRIANGLES[code]) triangles.push(vertexOn(row + k, i, edge));
      }
    }
    planes[0].fill(-1);
    planes = [planes[1], planes[0]];
  }
  return {
    vertices: Float64Array.from(vertices),
    triangles: Uint32Array.from(triangles),
    gridEdges: Uint32Array.from(gridEdges),
  };
}

/** Which of the points p, p + (0,1,0), p + (1,0,0), p + (1,1,0) are below the level, as bits 0, 2, 4, 6. */
function belowBits(
  values: ArrayLike<number>,
  level: number,
  point: number,
  slab: number,
  nz: number,
): number {
  return (
    (values[point] < level ? 1 : 0) |
    (values[point + nz] < level ? 4 : 0) |
    (values[point + slab] < level ? 16 : 0) |
    (values[point + slab + nz] < level ? 64 : 0)
  );
}
