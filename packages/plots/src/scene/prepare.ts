import { ConfigError } from '@ebim/runtime';
import { gnBu } from '../colour/colour-map.js';
import { resolveColours } from '../colour/colouring.js';
import { niceTicks } from '../figure/ticks.js';
import { triangleNormals, vertexNormals } from '../mesh/geometry.js';
import { checkLength, checkPoints } from '../points.js';
import { clipSurface, type ColouredTriangles } from './clip.js';
import type { Vector3 } from './camera.js';
import type { Box3, SceneObject, ScenePoints, SceneSurface } from './scene-types.js';

/** A surface in scene coordinates with one normal and one colour per triangle corner. */
export interface PreparedSurface extends ColouredTriangles {
  /** Unit normals, `[corners, 3]` flat, outward by the mesh's orientation. */
  readonly normals: Float64Array;
  readonly opacity: number;
  /** Ends of lines, `[count, 2, 3]` flat. */
  readonly lines: Float64Array;
  readonly lineColour: Vector3;
}

/** Points in scene coordinates. */
export interface PreparedPoints {
  readonly positions: Float64Array;
  readonly colours: Float32Array;
  readonly size: number;
  readonly opacity: number;
  readonly showHidden: boolean;
}

/** The map from data to scene coordinates: centre to 0, longest side to 1. */
export interface SceneFrame {
  readonly bounds: Box3;
  /** Lengths of the sides in the scene, the longest 1. */
  readonly sides: Vector3;
  toScene(axis: number, value: number): number;
}

/** Ranges and proportions of a scene. */
export function sceneFrame(
  objects: readonly SceneObject[],
  bounds: Box3 | undefined,
  aspect: 'equal' | Vector3,
): SceneFrame {
  const box = bounds ?? dataBounds(objects);
  for (const [low, high] of box) {
    if (!(low < high && Number.isFinite(high - low))) {
      throw new ConfigError({
        code: 'scene-bounds',
        where: 'sceneFigure({ bounds })',
        expected: 'three finite ranges [low, high] with low < high',
        received: JSON.stringify(box),
      });
    }
  }
  const lengths = aspect === 'equal' ? box.map(([low, high]) => high - low) : [...aspect];
  const longest = Math.max(...lengths);
  const sides = lengths.map((length) => length / longest) as unknown as Vector3;
  return {
    bounds: box,
    sides,
    toScene: (axis, value) => {
      const [low, high] = box[axis];
      return ((value - low) / (high - low) - 0.5) * sides[axis];
    },
  };
}

function dataBounds(objects: readonly SceneObject[]): Box3 {
  const all = objects.map((o) => (o.kind === 'surface' ? o.mesh.vertices : o.points.data));
  const ranges = [0, 1, 2].map((axis): readonly [number, number] => {
    let [low, high] = [Infinity, -Infinity];
    for (const data of all) {
      for (let i = axis; i < data.length; i += 3) {
        if (data[i] < low) low = data[i];
        if (data[i] > high) high = data[i];
      }
    }
    return low <= high ? [low, high] : [0, 1];
  });
  // A flat direction still needs a side; a little room keeps markers inside the box.
  const longest = Math.max(...ranges.map(([low, high]) => high - low)) || 1;
  return ranges.map(([low, high]) => {
    const room = Math.max(0.03 * (high - low), high > low ? 0 : 0.25 * longest);
    return [low - room, high + room];
  }) as unknown as Box3;
}

/** Ticks of an axis: fewer on a short side of the box. */
export function sceneTicks(frame: SceneFrame, axis: number): number[] {
  const [low, high] = frame.bounds[axis];
  return niceTicks(low, high, frame.sides[axis] > 0.45 ? 4 : 2);
}

/** A surface moved to the scene, cut at its box. */
export function prepareSurface(surface: SceneSurface, frame: SceneFrame): PreparedSurface {
  const { mesh, values, opacity = 1, lines = new Uint32Array(0), lineColour = [70, 90, 100] } = surface;
  const vertexCount = mesh.vertices.length / 3;
  const triangleCount = mesh.triangles.length / 3;
  const perTriangle =
    values !== undefined && values.length === triangleCount && values.length !== vertexCount;
  if (values !== undefined) checkLength(values, perTriangle ? triangleCount : vertexCount, 'surface values');
  const items = resolveColours(surface, perTriangle ? triangleCount : vertexCount, gnBu(0.5));
  const vertices = toSceneAll(mesh.vertices, frame);
  const moved = { vertices, triangles: mesh.triangles };
  const smooth = vertexNormals(moved);
  const flat = triangleNormals(moved);
  const corners = mesh.triangles.length;
  const positions = new Float64Array(3 * corners);
  const normals = new Float64Array(3 * corners);
  const colours = new Float32Array(3 * corners);
  mesh.triangles.forEach((vertex, corner) => {
    const triangle = Math.floor(corner / 3);
    const item = perTriangle ? triangle : vertex;
    for (let a = 0; a < 3; a++) {
      positions[3 * corner + a] = vertices[3 * vertex + a];
      normals[3 * corner + a] = perTriangle ? flat[3 * triangle + a] : smooth[3 * vertex + a];
      colours[3 * corner + a] = items[3 * item + a];
    }
  });
  const ends = new Float64Array(3 * lines.length);
  lines.forEach((vertex, n) => {
    for (let a = 0; a < 3; a++) ends[3 * n + a] = vertices[3 * vertex + a];
  });
  const cut = clipSurface({ positions, normals, colours }, frame.sides);
  return { ...cut, opacity, lines: keepInside(ends, frame.sides, 2), lineColour };
}

/** Points moved to the scene; those beyond its box are left out. */
export function preparePoints(object: ScenePoints, frame: SceneFrame): PreparedPoints {
  const { points, values, size = 5, opacity = 1, showHidden = false } = object;
  checkPoints(points, 3, 'scene points');
  if (values !== undefined) checkLength(values, points.rows, 'point values');
  const colours = resolveColours(object, points.rows, gnBu(1));
  const positions = toSceneAll(points.data, frame);
  const kept: number[] = [];
  for (let r = 0; r < points.rows; r++) if (inside(positions, 3 * r, frame.sides)) kept.push(r);
  const pick = (from: ArrayLike<number>): number[] =>
    kept.flatMap((r) => [from[3 * r], from[3 * r + 1], from[3 * r + 2]]);
  return {
    positions: Float64Array.from(pick(positions)),
    colours: Float32Array.from(pick(colours)),
    size,
    opacity,
    showHidden,
  };
}

function toSceneAll(data: Float64Array, frame: SceneFrame): Float64Array {
  return data.map((value, i) => frame.toScene(i % 3, value));
}

/** Whether the point at an offset lies in the box; false for NaN. */
function inside(positions: Float64Array, at: number, sides: Vector3): boolean {
  return sides.every((side, a) => Math.abs(positions[at + a]) <= side / 2 + 1e-9);
}

/** Keeps the groups of points that lie in the box as a whole. */
function keepInside(positions: Float64Array, sides: Vector3, group: number): Float64Array {
  const kept: number[] = [];
  const step = 3 * group;
  for (let at = 0; at < positions.length; at += step) {
    let all = true;
    for (let p = 0; p < group; p++) all &&= inside(positions, at + 3 * p, sides);
    if (all) kept.push(...positions.subarray(at, at + step));
  }
  return Float64Array.from(kept);
}
