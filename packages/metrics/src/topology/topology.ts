import { DataError, ShapeError } from '@ebim/runtime';
import { countGroups } from './disjoint-sets.js';

/** A triangle mesh. Triangles that meet share vertex numbers. */
export interface TriangleMesh {
  /** [vertices, 3] row-major. */
  readonly vertices: Float64Array;
  /** [triangles, 3] vertex numbers. */
  readonly triangles: Uint32Array;
}

/** Line segments. Segments that meet share vertex numbers. */
export interface Polylines {
  /** [vertices, dimension] row-major. */
  readonly vertices: Float64Array;
  /** [segments, 2] vertex numbers. */
  readonly edges: Uint32Array;
}

/** What holds a mesh together. */
export interface MeshTopology {
  /** Vertices - edges + faces, of the vertices in use: 2 for a sphere, 0 for a torus, 2 a component on top. */
  readonly eulerCharacteristic: number;
  /** Connected pieces. */
  readonly components: number;
  /** Edges of one triangle only: 0 for a closed surface. */
  readonly boundaryEdges: number;
  /** Edges of more than two triangles: 0 for a surface. */
  readonly nonManifoldEdges: number;
}

/** What holds polylines together. */
export interface PolylineTopology {
  /** Connected pieces. */
  readonly components: number;
  /** Pieces where every vertex joins exactly two segments. */
  readonly closedLoops: number;
}

/** Number of vertices that the indices need, checked to be in groups of `size`. */
function indexLimit(indices: Uint32Array, size: number, vertices: Float64Array, where: string): number {
  if (indices.length % size !== 0) {
    throw new ShapeError({
      code: 'shape-mismatch',
      where,
      expected: `a multiple of ${size} indices`,
      received: String(indices.length),
    });
  }
  let limit = 0;
  for (const index of indices) limit = Math.max(limit, index + 1);
  if (limit > vertices.length) {
    throw new DataError({
      code: 'index-out-of-range',
      where,
      expected: `indices of existing vertices (${vertices.length} coordinates given)`,
      received: String(limit - 1),
    });
  }
  return limit;
}

/**
 * Euler characteristic, components, boundary of a triangle mesh.
 *
 * @throws ShapeError when triangles are incomplete
 * @throws DataError when a triangle names a missing vertex or one vertex twice
 */
export function meshTopology(mesh: TriangleMesh): MeshTopology {
  const where = 'meshTopology';
  const { vertices, triangles } = mesh;
  const limit = indexLimit(triangles, 3, vertices, where);
  if (limit * 3 > vertices.length) {
    const received = String(limit - 1);
    const expected = `indices below ${vertices.length / 3}`;
    throw new DataError({ code: 'index-out-of-range', where, expected, received });
  }
  const facesOfEdge = new Map<number, number>();
  const used = new Set<number>(triangles);
  const pairs: number[] = [];
  for (let f = 0; f < triangles.length; f += 3) {
    for (let side = 0; side < 3; side++) {
      const a = triangles[f + side];
      const b = triangles[f + ((side + 1) % 3)];
      if (a === b) {
        const received = `vertex ${a} twice in triangle ${f / 3}`;
        throw new DataError({
          code: 'degenerate-triangle',
          where,
          expected: 'three distinct vertices',
          received,
        });
      }
      const edge = Math.min(a, b) * limit + Math.max(a, b);
      facesOfEdge.set(edge, (facesOfEdge.get(edge) ?? 0) + 1);
      pairs.push(a, b);
    }
  }
  let boundaryEdges = 0;
  let nonManifoldEdges = 0;
  for (const faces of facesOfEdge.values()) {
    if (faces === 1) boundaryEdges++;
    if (faces > 2) nonManifoldEdges++;
  }
  return {
    eulerCharacteristic: used.size - facesOfEdge.size + triangles.length / 3,
    components: countGroups(limit, pairs),
    boundaryEdges,
    nonManifoldEdges,
  };
}

/**
 * Components and closed loops of line segments.
 *
 * @throws ShapeError when segments are incomplete
 * @throws DataError when a segment names a missing vertex
 */
export function polylineTopology(lines: Polylines): PolylineTopology {
  const { vertices, edges } = lines;
  const limit = indexLimit(edges, 2, vertices, 'polylineTopology');
  const degree = new Int32Array(limit);
  for (const vertex of edges) degree[vertex]++;
  const components = countGroups(limit, edges);
  // Join every piece with a vertex of another degree to one more, outer vertex: the loops are what stays apart.
  const pairs = Array.from(edges);
  let open = false;
  degree.forEach((count, vertex) => {
    if (count === 0 || count === 2) return;
    pairs.push(vertex, limit);
    open = true;
  });
  return { components, closedLoops: countGroups(limit + 1, pairs) - (open ? 1 : 0) };
}

/**
 * Euler characteristic of a triangle mesh: 2 for a sphere, 0 for a torus.
 *
 * @throws the errors of {@link meshTopology}
 * @example
 * ```ts
 * const tetrahedron = { vertices: new Float64Array(12), triangles: Uint32Array.of(0, 1, 2, 0, 3, 1, 1, 3, 2, 0, 2, 3) };
 * console.log(eulerCharacteristic(tetrahedron)); // 2
 * ```
 */
export const eulerCharacteristic = (mesh: TriangleMesh): number => meshTopology(mesh).eulerCharacteristic;

/** Number of connected pieces of a mesh or of polylines. */
export const connectedComponents = (shape: TriangleMesh | Polylines): number =>
  'triangles' in shape ? meshTopology(shape).components : polylineTopology(shape).components;

/** Number of closed loops among polylines. */
export const closedLoops = (lines: Polylines): number => polylineTopology(lines).closedLoops;
