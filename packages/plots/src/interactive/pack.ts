import { deflateSync } from 'fflate';
import { toBase64 } from '../image/base64.js';
import type { PreparedPoints } from '../scene/prepare.js';
import type { Vector3 } from '../scene/camera.js';

/** Where an object's numbers lie in the unpacked bytes, and how to draw it. */
export interface PackedObject {
  readonly kind: 'surface' | 'points';
  /** Number of vertices or points. */
  readonly count: number;
  /** Number of triangle corners. */
  readonly corners: number;
  readonly opacity: number;
  /** Diameter of points in pixels. */
  readonly size: number;
  readonly showHidden: boolean;
}

/** A surface with shared vertices, in scene coordinates. */
export interface IndexedSurface {
  readonly positions: Float64Array;
  /** `[vertices, 3]`, 0 to 255. */
  readonly colours: Float32Array;
  readonly triangles: Uint32Array;
  readonly opacity: number;
}

/** Objects as one text: deflated and in base64, with the table that tells how to read it. */
export interface PackedScene {
  readonly objects: readonly PackedObject[];
  readonly data: string;
}

/**
 * Packs the objects of a scene for a web page. A place takes 16 bits per axis of the box, a colour 8 bits per
 * channel. Numbers are stored as differences to the one before, and high bytes apart from low ones, which is
 * what makes a mesh deflate to about a third.
 *
 * @param sides lengths of the box
 */
export function packScene(
  surfaces: readonly IndexedSurface[],
  points: readonly PreparedPoints[],
  sides: Vector3,
): PackedScene {
  const parts: Uint8Array[] = [];
  const objects: PackedObject[] = [];
  const vertices = (positions: Float64Array, colours: Float32Array): void => {
    const places = Uint32Array.from(positions, (value, i) =>
      Math.min(65535, Math.max(0, Math.round((value / sides[i % 3] + 0.5) * 65535))),
    );
    parts.push(planes(differences(places, 3), 2), Uint8Array.from(colours, Math.round));
  };
  for (const { positions, colours, triangles, opacity } of surfaces) {
    vertices(positions, colours);
    parts.push(planes(differences(triangles, 1), 4));
    const count = positions.length / 3;
    objects.push({ kind: 'surface', count, corners: triangles.length, opacity, size: 0, showHidden: false });
  }
  for (const { positions, colours, opacity, size, showHidden } of points) {
    vertices(positions, colours);
    objects.push({ kind: 'points', count: positions.length / 3, corners: 0, opacity, size, showHidden });
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { objects, data: toBase64(deflateSync(bytes, { level: 9 })) };
}

/** Each number minus the one `step` before, modulo 2^32. */
function differences(values: Uint32Array, step: number): Uint32Array {
  return values.map((value, i) => value - (i < step ? 0 : values[i - step]));
}

/** First the lowest byte of every number, then the next. */
function planes(values: Uint32Array, bytes: number): Uint8Array {
  const out = new Uint8Array(values.length * bytes);
  for (let b = 0; b < bytes; b++) {
    for (let i = 0; i < values.length; i++) out[b * values.length + i] = values[i] >>> (8 * b);
  }
  return out;
}
