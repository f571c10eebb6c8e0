import type { ColouredTriangles } from '../scene/clip.js';
import type { IndexedSurface } from './pack.js';

/**
 * Joins corners of triangles that have the same place and colour to one vertex, so that a page carries each
 * only once. Triangles that have become lines are left out.
 */
export function weldCorners(surface: ColouredTriangles, opacity: number): IndexedSurface {
  const { positions, colours } = surface;
  const known = new Map<string, number>();
  const kept: number[] = [];
  const indices = new Uint32Array(positions.length / 3);
  for (let c = 0; c < indices.length; c++) {
    const at = 3 * c;
    const key = `${positions[at]},${positions[at + 1]},${positions[at + 2]},${colours[at]},${colours[at + 1]},${colours[at + 2]}`;
    let index = known.get(key);
    if (index === undefined) {
      index = kept.length;
      known.set(key, index);
      kept.push(c);
    }
    indices[c] = index;
  }
  const triangles: number[] = [];
  for (let c = 0; c < indices.length; c += 3) {
    const [p, q, r] = [indices[c], indices[c + 1], indices[c + 2]];
    if (p !== q && q !== r && r !== p) triangles.push(p, q, r);
  }
  const pick = (from: ArrayLike<number>): number[] =>
    kept.flatMap((c) => [from[3 * c], from[3 * c + 1], from[3 * c + 2]]);
  return {
    positions: Float64Array.from(pick(positions)),
    colours: Float32Array.from(pick(colours)),
    triangles: Uint32Array.from(triangles),
    opacity,
  };
}
