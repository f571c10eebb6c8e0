import type { Rgb } from '../colour/colour-map.js';
import type { Colouring } from '../colour/colouring.js';
import type { Tour } from '../figure/tour.js';
import type { Mesh } from '../level-sets/marching-cubes.js';
import type { Points } from '../points.js';
import type { Vector3, View } from './camera.js';

/** A shaded surface. `values` has one number per vertex (smooth) or per triangle (flat). */
export interface SceneSurface extends Colouring {
  readonly kind: 'surface';
  readonly mesh: Mesh;
  /** 0 to 1. Default 1. */
  readonly opacity?: number;
  /** Lines drawn on the surface: vertex indices, `[count, 2]` flat. */
  readonly lines?: Uint32Array;
  /** Default a dark grey. */
  readonly lineColour?: Rgb;
}

/** Points, hidden where a surface is in front of them. `values` has one number per point. */
export interface ScenePoints extends Colouring {
  readonly kind: 'points';
  /** `[n, 3]` */
  readonly points: Points;
  /** Diameter in pixels. Default 5. */
  readonly size?: number;
  /** 0 to 1. Default 1. */
  readonly opacity?: number;
  /** Draw also what lies behind surfaces. Default false. */
  readonly showHidden?: boolean;
}

/** What a scene consists of. */
export type SceneObject = SceneSurface | ScenePoints;

/** Range of each axis. */
export type Box3 = readonly [readonly [number, number], readonly [number, number], readonly [number, number]];

/** Options of {@link sceneFigure}. */
export interface SceneOptions {
  readonly title?: string;
  /** For who cannot see the figure. */
  readonly description?: string;
  /** Pixels. Default 560. */
  readonly width?: number;
  /** Pixels. Default: what the box needs, at most about 500. */
  readonly height?: number;
  readonly view?: View;
  /** What is shown; surfaces are cut and points left out beyond it. Default: the range of the objects. */
  readonly bounds?: Box3;
  /** Relative lengths of the box's sides. Default `equal`: one unit is as long on every axis. */
  readonly aspect?: 'equal' | Vector3;
  /** Labels of the axes, with units; false leaves the axes out. Default x, y, z. */
  readonly axes?: readonly [string, string, string] | false;
  /** Shows the colours of the first object with values. Default: true when there is one. */
  readonly colourBar?: boolean;
  /** What the colour bar measures, e.g. `density`. */
  readonly colourLabel?: string;
  /** Direction of the light in degrees. Default: over the left shoulder of the viewer. */
  readonly light?: { readonly elevation: number; readonly azimuth: number };
  /** Shapes or pixels; `auto` takes shapes up to 5000 triangles and points. Default auto. */
  readonly render?: 'auto' | 'vector' | 'raster';
  /** Pixels of the image per pixel of the figure when pixels are used. Default 2. */
  readonly pixelRatio?: number;
  /** A point that travels through the scene; what of its path lies beyond the bounds is drawn too. */
  readonly tour?: Tour;
}
