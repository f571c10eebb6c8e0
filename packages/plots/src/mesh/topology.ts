import { DataError, ShapeError } from '@ebim/runtime';
import type { Mesh } from '../level-sets/marching-cubes.js';
import type { LevelCurve } from '../level-sets/marching-squares.js';
import { curveVolumeElements, meshVolumeElements } from './geometry.js';

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

/** One connected piece of a mesh. */
export interface MeshPiece extends Omit<MeshTopology, 'components'> {
  readonly area: number;
  /** Handles of a closed piece: 0 for a sphere, 1 for a torus. `null` for an open one. */
  readonly genus: number | null;
}

/** The pieces of a mesh, largest area first. */
export interface MeshPieces {
  readonly pieces: readonly MeshPiece[];
  /** The piece of each triangle, `[triangles]`. */
  readonly pieceOf: Int32Array;
}

/** One connected piece of a curve. */
export interface CurvePiece {
  readonly length: number;
  readonly closed: boolean;
}

/** The pieces of a curve, longest first. */
export interface CurvePieces {
  readonly pieces: readonly CurvePiece[];
  /** The piece of each edge, `[edges]`. */
  readonly pieceOf: Int32Array;
}

/**
 * Counts edges, holes, pieces and the Euler characteristic of a mesh, and checks that it is a manifold.
 *
 * @throws ShapeError when triangles are incomplete; DataError when one names a missing vertex
 * @example
 * const f = pointwise((x, y, z) => Math.hypot(x, y, z) - 1);
 * const sphere = await levelSurfaceOf(f, makeGrid([[-2, 2], [-2, 2], [-2, 2]], 20));
 * meshTopology(sphere).eulerCharacteristic; // 2
 */
export function meshTopology(mesh: Mesh): MeshTopology {
  const { counts } = countPieces(mesh);
  const total = (name: keyof Counts) => counts.reduce((sum, piece) => sum + piece[name], 0);
  const sums: Counts = {
    vertices: total('vertices'),
    edges: total('edges'),
    triangles: total('triangles'),
    boundaryEdges: total('boundaryEdges'),
    faultyEdges: total('faultyEdges'),
  };
  return { ...topologyOf(sums), components: counts.length };
}

/**
 * Takes a mesh apart into its connected pieces, each with its area, Euler characteristic and genus.
 *
 * @throws the errors of {@link meshTopology}
 * @example
 * const f = pointwise((x, y, z) => Math.hypot(Math.hypot(x, y) - 3, z) - 1);
 * const torus = await levelSurfaceOf(f, makeGrid([[-5, 5], [-5, 5], [-2, 2]], [50, 50, 20]));
 * meshPieces(torus).pieces[0].genus; // 1
 */
export function meshPieces(mesh: Mesh): MeshPieces {
  const { counts, pieceOf } = countPieces(mesh);
  const areas = sumByPiece(meshVolumeElements(mesh), pieceOf, counts.length);
  const pieces = counts.map((count, p): MeshPiece => {
    const topology = topologyOf(count);
    const genus = topology.closed ? 1 - topology.eulerCharacteristic / 2 : null;
    return { ...topology, area: areas[p], genus };
  });
  return largestFirst(pieces, pieceOf, ({ area }) => area);
}

/** Takes a level curve apart into its connected pieces. */
export function curvePieces(curve: LevelCurve): CurvePieces {
  const pieceOfVertex = new Int32Array(curve.vertices.length / 2);
  curve.polylines.forEach(({ indices }, p) => {
    indices.forEach((v) => (pieceOfVertex[v] = p));
  });
  const pieceOf = Int32Array.from(
    { length: curve.edges.length / 2 },
    (_, e) => pieceOfVertex[curve.edges[2 * e]],
  );
  const lengths = sumByPiece(curveVolumeElements(curve), pieceOf, curve.polylines.length);
  const pieces = curve.polylines.map(({ closed }, p): CurvePiece => ({ length: lengths[p], closed }));
  return largestFirst(pieces, pieceOf, ({ length }) => length);
}

type Counts = Pick<MeshTopology, 'vertices' | 'edges' | 'triangles' | 'boundaryEdges' | 'faultyEdges'>;

function topologyOf(counts: Counts): Omit<MeshTopology, 'components'> {
  return {
    ...counts,
    closed: counts.boundaryEdges === 0 && counts.faultyEdges === 0,
    eulerCharacteristic: counts.vertices - counts.edges + counts.triangles,
  };
}

function countPieces(mesh: Mesh): { counts: Counts[]; pieceOf: Int32Array } {
  const { triangles } = mesh;
  const vertexCount = mesh.vertices.length / 3;
  checkTriangles(triangles, vertexCount);
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
  const pieceOfRoot = new Int32Array(vertexCount).fill(-1);
  const counts: { -readonly [name in keyof Counts]: number }[] = [];
  for (let v = 0; v < vertexCount; v++) {
    if (used[v] === 0) continue;
    const root = findRoot(parent, v);
    if (pieceOfRoot[root] === -1) {
      pieceOfRoot[root] = counts.length;
      counts.push({ vertices: 0, edges: 0, triangles: 0, boundaryEdges: 0, faultyEdges: 0 });
    }
    counts[pieceOfRoot[root]].vertices++;
  }
  const pieceOfVertex = (v: number): number => pieceOfRoot[findRoot(parent, v)];
  const pieceOf = Int32Array.from({ length: triangles.length / 3 }, (_, t) =>
    pieceOfVertex(triangles[3 * t]),
  );
  for (const piece of pieceOf) counts[piece].triangles++;

  keys.sort();
  for (let n = 0; n < keys.length;) {
    const edge = Math.floor(keys[n] / 2);
    let end = n + 1;
    while (end < keys.length && Math.floor(keys[end] / 2) === edge) end++;
    const piece = counts[pieceOfVertex(edge % vertexCount)];
    piece.edges++;
    if (end - n === 1) piece.boundaryEdges++;
    else if (end - n > 2 || keys[n] === keys[n + 1]) piece.faultyEdges++;
    n = end;
  }
  return { counts, pieceOf };
}

function checkTriangles(triangles: Uint32Array, vertexCount: number): void {
  const where = 'meshTopology(mesh)';
  if (triangles.length % 3 !== 0)
    throw new ShapeError({
      code: 'shape-mismatch',
      where,
      expected: 'three vertex numbers a triangle',
      received: `${triangles.length} numbers`,
    });
  const bad = triangles.find((vertex) => vertex >= vertexCount);
  if (bad !== undefined)
    throw new DataError({
      code: 'index-out-of-range',
      where,
      expected: `vertex numbers below ${vertexCount}`,
      received: String(bad),
    });
}

function sumByPiece(elements: Float64Array, pieceOf: Int32Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  elements.forEach((element, i) => (sums[pieceOf[i]] += element));
  return sums;
}

function largestFirst<P>(
  pieces: readonly P[],
  pieceOf: Int32Array,
  size: (piece: P) => number,
): { pieces: P[]; pieceOf: Int32Array } {
  const order = [...pieces.keys()].sort((a, b) => size(pieces[b]) - size(pieces[a]));
  const place = new Int32Array(pieces.length);
  order.forEach((piece, rank) => (place[piece] = rank));
  return { pieces: order.map((p) => pieces[p]), pieceOf: pieceOf.map((piece) => place[piece]) };
}

function findRoot(parent: Int32Array, vertex: number): number {
  let v = vertex;
  while (parent[v] !== v) {
    parent[v] = parent[parent[v]];
    v = parent[v];
  }
  return v;
}
