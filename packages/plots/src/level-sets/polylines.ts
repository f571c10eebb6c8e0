/** A run of vertices joined by edges. */
export interface Polyline {
  /** Vertex indices in order. The first is not repeated at the end of a closed one. */
  readonly indices: Uint32Array;
  readonly closed: boolean;
}

/**
 * Chains directed edges into polylines. Each vertex must have at most one edge in and one edge out, as level
 * curves have.
 *
 * @param edges vertex indices `[count, 2]` flat
 * @param vertexCount number of vertices
 */
export function chainPolylines(edges: Uint32Array, vertexCount: number): Polyline[] {
  const next = new Int32Array(vertexCount).fill(-1);
  const hasPrevious = new Uint8Array(vertexCount);
  for (let e = 0; e < edges.length; e += 2) {
    next[edges[e]] = edges[e + 1];
    hasPrevious[edges[e + 1]] = 1;
  }
  const used = new Uint8Array(vertexCount);
  const polylines: Polyline[] = [];
  const follow = (start: number): void => {
    const indices: number[] = [];
    let vertex = start;
    while (vertex >= 0 && used[vertex] === 0) {
      used[vertex] = 1;
      indices.push(vertex);
      vertex = next[vertex];
    }
    polylines.push({ indices: Uint32Array.from(indices), closed: vertex === start });
  };
  for (let v = 0; v < vertexCount; v++) if (hasPrevious[v] === 0 && next[v] >= 0) follow(v);
  for (let v = 0; v < vertexCount; v++) if (used[v] === 0 && next[v] >= 0) follow(v);
  return polylines;
}
