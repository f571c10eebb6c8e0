import type { Vector3 } from './camera.js';

/** Triangles by their corners: three numbers each for place, normal and colour, `[corners, 3]` flat. */
export interface ColouredTriangles {
  readonly positions: Float64Array;
  readonly normals: Float64Array;
  readonly colours: Float32Array;
}

/** Place, normal and colour of a corner, nine numbers. */
type Corner = readonly number[];

/**
 * Cuts triangles at a box about the origin (Sutherland and Hodgman, plane by plane). Corners that are not
 * numbers drop their triangle.
 *
 * @param sides lengths of the box
 */
export function clipSurface(surface: ColouredTriangles, sides: Vector3): ColouredTriangles {
  const { positions, normals, colours } = surface;
  const corners = positions.length / 3;
  const limit = sides.map((side) => side / 2 + 1e-9);
  let beyond = false;
  for (let i = 0; i < positions.length && !beyond; i++) beyond = !(Math.abs(positions[i]) <= limit[i % 3]);
  if (!beyond) return surface;

  const kept: number[][] = [[], [], []];
  const keep = (corner: Corner): void => {
    for (let n = 0; n < 9; n++) kept[Math.floor(n / 3)].push(corner[n]);
  };
  for (let first = 0; first < corners; first += 3) {
    let polygon: Corner[] = [0, 1, 2].map((n) => {
      const at = 3 * (first + n);
      return [
        ...positions.subarray(at, at + 3),
        ...normals.subarray(at, at + 3),
        ...colours.subarray(at, at + 3),
      ];
    });
    if (polygon.some((corner) => !corner.slice(0, 3).every(Number.isFinite))) continue;
    for (let axis = 0; axis < 3; axis++) {
      for (const sign of [-1, 1]) polygon = cut(polygon, (corner) => limit[axis] - sign * corner[axis]);
    }
    for (let n = 2; n < polygon.length; n++) {
      keep(polygon[0]);
      keep(polygon[n - 1]);
      keep(polygon[n]);
    }
  }
  return {
    positions: Float64Array.from(kept[0]),
    normals: Float64Array.from(kept[1]),
    colours: Float32Array.from(kept[2]),
  };
}

/** The part of a polygon where `side` is not negative. */
function cut(polygon: readonly Corner[], side: (corner: Corner) => number): Corner[] {
  const result: Corner[] = [];
  polygon.forEach((corner, n) => {
    const next = polygon[(n + 1) % polygon.length];
    const [here, there] = [side(corner), side(next)];
    if (here >= 0) result.push(corner);
    if (here >= 0 !== there >= 0) {
      const t = here / (here - there);
      result.push(corner.map((value, i) => value + t * (next[i] - value)));
    }
  });
  return result;
}
