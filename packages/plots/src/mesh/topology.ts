import type { Mesh } from '../level-sets/marching-cubes.js';

/** What the connectivity of a mesh says; positions play no part. */
export interface MeshTopology {
  readonly vertices: number;
  readonly edges: number;
  readonly triangles: number;
  /** Edges with one triangle. */
  readonly boundaryEdges: number;
  /** Edges with more than two triangles, or with two of opposite orientation. */
  readonly faultyEdges: number;
  /** No boundary and no faulty edge. */
  readonly closed: boolean;
  /** Pieces joined by edges. */
  readonly components: number;
  /** Vertices in use - edges + triangles: 2 for a sphere, 0 for a torus, summed over the pieces. */
  readonly eulerCharacteristic: number;
}

/**
 * Counts edges, holes, pieces and the Euler characteristic of a mesh, and checks that it is a manifold.
 *
 * @example
 * const f = pointwise((x, y, z) => Math.hypot(x, y, z) - 1);
 * const sphere = await levelSurfaceOf(f, makeGrid([[-2, 2], [-2, 2], [-2, 2]], 20));
 * meshTopology(sphere).eulerCharacteristic; // 2
 */
export function meshTopology(mesh: Mesh): MeshTopology {
  const { triangles } = mesh;
  const vertexCount = mesh.vertices.length / 3;
  // Each undirected edge once, as low * vertexCount + high; twice the key, plus the direction, sorts together.
  const keys = new Float64Array(triangles.length);
  const parent = Int32Array.from({ length: vertexCount }, (_, v) => v);
  const used = new Uint8Array(vertexCount);
  for (let t = 0; t < triangles.length; t += 3) {
    for (let n = 0; n < 3; n++) {
      const a = triangles[t + n];
      const b = triangles[t + ((n + 1) % 3)];
      keys[t + n] = 2 * (Math.min(a, b) * vertexCount + Math.max(a, b)) + (a < b ? 0 : 1);
      used[a] = 1;
      parent[findRoot(parent, a)] = findRoot(parent, b);
    }
  }
  keys.sort();
  let edges = 0;
  let boundaryEdges = 0;
  let faultyEdges = 0;
  for (let n = 0; n < keys.length;) {
    const edge = Math.floor(keys[n] / 2);
    let end = n + 1;
    while (end < keys.length && Math.floor(keys[end] / 2) === edge) end++;
    edges++;
    if (end - n === 1) boundaryEdges++;
    else if (end - n > 2 || keys[n] === keys[n + 1]) faultyEdges++;
    n = end;
  }
  let components = 0;
  let usedVertices = 0;
  for (let v = 0; v < vertexCount; v++) {
    if (used[v] === 0) continue;
    usedVertices++;
    if (findRoot(parent, v) === v) components++;
  }
  return {
    vertices: usedVertices,
    edges,
    triangles: triangles.length / 3,
    boundaryEdges,
    faultyEdges,
    closed: boundaryEdges === 0 && faultyEdges === 0,
    components,
    eulerCharacteristic: usedVertices - edges + triangles.length / 3,
  };
}

function findRoot(parent: Int32Array, vertex: number): number {
  let v = vertex;
  while (parent[v] !== v) {
    parent[v] = parent[parent[v]];
    v = parent[v];
  }
  return v;
}
