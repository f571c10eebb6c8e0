import { makeGrid, gridPoints, evaluateOnGrid, type BatchFunction, type Grid } from '../level-sets/grid.js';
import type { Mesh } from '../level-sets/marching-cubes.js';
import { checkPoints, type Points } from '../points.js';

/**
 * Joins points that lie on a lattice of two parameters to a mesh: a decoded latent grid, a graph, a known
 * surface.
 *
 * @param points `[rows * columns, 3]`, second parameter fastest
 * @param shape lattice points along the first and second parameter
 */
export function latticeMesh(points: Points, shape: readonly [number, number]): Mesh {
  const [rows, columns] = shape;
  checkPoints(points, 3, 'latticeMesh');
  checkPoints({ ...points, rows: rows * columns }, 3, 'latticeMesh');
  const triangles = new Uint32Array((rows - 1) * (columns - 1) * 6);
  let n = 0;
  for (let i = 0; i + 1 < rows; i++) {
    for (let j = 0; j + 1 < columns; j++) {
      const p = i * columns + j;
      triangles.set([p, p + columns, p + columns + 1, p, p + columns + 1, p + 1], n);
      n += 6;
    }
  }
  return { vertices: points.data, triangles };
}

/**
 * Lines along both parameters of a lattice mesh, for drawing it as a net.
 *
 * @param shape lattice points along the first and second parameter
 * @param every draws one line in so many. Default 5.
 * @returns vertex indices, `[count, 2]` flat
 */
export function latticeLines(shape: readonly [number, number], every = 5): Uint32Array {
  const [rows, columns] = shape;
  const lines: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const p = i * columns + j;
      if (i % every === 0 && j + 1 < columns) lines.push(p, p + 1);
      if (j % every === 0 && i + 1 < rows) lines.push(p, p + columns);
    }
  }
  return Uint32Array.from(lines);
}

/**
 * Surface given by two parameters, e.g. a decoder or a known embedding.
 *
 * @param f rows `[n, 2]` of parameters to rows `[n, 3]` of positions
 * @param bounds of the two parameters
 * @param resolution lattice points per parameter
 * @example
 * const cylinder = await parametricSurface(
 *   ({ data, rows }) => ({
 *     data: Float64Array.from({ length: 3 * rows }, (_, n) => {
 *       const angle = data[2 * Math.floor(n / 3)];
 *       return [Math.cos(angle), Math.sin(angle), data[2 * Math.floor(n / 3) + 1]][n % 3];
 *     }),
 *     rows,
 *     columns: 3,
 *   }),
 *   [[0, 2 * Math.PI], [0, 1]],
 *   [60, 10],
 * );
 */
export async function parametricSurface(
  f: (parameters: Points) => Points | Promise<Points>,
  bounds: readonly [readonly [number, number], readonly [number, number]],
  resolution: number | readonly [number, number],
): Promise<Mesh> {
  const grid = makeGrid(bounds, resolution);
  const [rows, columns] = grid.resolution as readonly [number, number];
  return latticeMesh(await f(gridPoints(grid)), [rows, columns]);
}

/**
 * The graph z = f(x, y) over a lattice.
 *
 * @param f rows `[n, 2]` to `n` heights
 * @param grid two axes
 */
export async function graphSurface(f: BatchFunction, grid: Grid): Promise<Mesh> {
  const heights = await evaluateOnGrid(f, grid);
  const plane = gridPoints(grid);
  const data = new Float64Array(plane.rows * 3);
  for (let r = 0; r < plane.rows; r++) {
    data.set([plane.data[2 * r], plane.data[2 * r + 1], heights[r]], 3 * r);
  }
  const [rows, columns] = grid.resolution as readonly [number, number];
  return latticeMesh({ data, rows: plane.rows, columns: 3 }, [rows, columns]);
}
