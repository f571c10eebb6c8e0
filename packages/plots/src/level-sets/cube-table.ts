/**
 * How the level set passes through a cell, for every choice of corners below the level.
 *
 * Corner `4 dx + 2 dy + dz` is the cell's corner at offset (dx, dy, dz). The table is derived, not typed in:
 * on each of the six faces every run of corners below the level is cut off from the rest (so two diagonally
 * opposite ones stay apart), which depends on nothing but the four corners of that face. Two cells that share
 * a face hence agree on it, the segments of a cell close to loops, and each loop is filled with triangles
 * whose inner edges run through the interior of the cell. Therefore every edge of the mesh that is not on the
 * border of the grid belongs to exactly two triangles, whatever the values are.
 */

/** The 12 cell edges: lower corner and axis. Edge `4 axis + n` with n counting the lower corners. */
export const CELL_EDGES: readonly { readonly corner: number; readonly axis: number }[] = [4, 2, 1].flatMap(
  (bit, axis) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((corner) => (corner & bit) === 0).map((corner) => ({ corner, axis })),
);

/** The six faces, corners counter-clockwise seen from outside. */
const FACES: readonly (readonly number[])[] = [
  [0, 1, 3, 2],
  [4, 6, 7, 5],
  [0, 4, 5, 1],
  [2, 3, 7, 6],
  [0, 2, 6, 4],
  [1, 5, 7, 3],
];

const edgeBetween = (a: number, b: number): number =>
  CELL_EDGES.findIndex(({ corner, axis }) => corner === Math.min(a, b) && (a ^ b) === 4 >> axis);

const FACE_EDGES = FACES.map((face) => face.map((corner, n) => edgeBetween(corner, face[(n + 1) % 4])));

const onOneFace = (a: number, b: number): boolean =>
  FACE_EDGES.some((edges) => edges.includes(a) && edges.includes(b));

/** Loops of cell edges around the corners below the level, clockwise seen from those corners. */
function loopsOf(code: number): number[][] {
  const below = (corner: number): boolean => ((code >> corner) & 1) === 1;
  const next = new Map<number, number>();
  FACES.forEach((face, f) => {
    const edges = FACE_EDGES[f];
    for (let start = 0; start < 4; start++) {
      if (!below(face[start]) || below(face[(start + 3) % 4])) continue;
      let end = start;
      while (below(face[(end + 1) % 4])) end++;
      next.set(edges[(start + 3) % 4], edges[end % 4]);
    }
  });
  const loops: number[][] = [];
  while (next.size > 0) {
    const loop: number[] = [];
    let edge = next.keys().next().value;
    while (edge !== undefined && next.has(edge)) {
      loop.push(edge);
      const following = next.get(edge);
      next.delete(edge);
      edge = following;
    }
    loops.push(loop);
  }
  return loops;
}

/** Triangles that fill a loop with inner edges that lie on no face of the cell; null when there is no such filling. */
function fill(loop: readonly number[]): number[] | null {
  if (loop.length < 3) return [];
  const [first, last] = [loop[0], loop[loop.length - 1]];
  for (let n = 1; n + 1 < loop.length; n++) {
    const apex = loop[n];
    if (n > 1 && onOneFace(first, apex)) continue;
    if (n + 2 < loop.length && onOneFace(apex, last)) continue;
    const left = fill(loop.slice(0, n + 1));
    const right = fill(loop.slice(n));
    if (left !== null && right !== null) return [first, apex, last, ...left, ...right];
  }
  return null;
}

/** For each of the 256 corner codes the cell edges of its triangles, three by three. */
export const CUBE_TRIANGLES: readonly (readonly number[])[] = Array.from({ length: 256 }, (_, code) =>
  // Every loop of the 256 has such a filling; the test counts them.
  loopsOf(code).flatMap((loop) => fill(loop) ?? []),
);
