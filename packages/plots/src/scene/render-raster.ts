import type { Raster } from '../image/png.js';
import type { Camera, Vector3 } from './camera.js';
import type { PreparedPoints, PreparedSurface } from './prepare.js';
import { lambert } from './shading.js';

/** What both renderers draw. */
export interface PreparedScene {
  readonly surfaces: readonly PreparedSurface[];
  readonly points: readonly PreparedPoints[];
  readonly camera: Camera;
  readonly light: Vector3;
}

/** Colour and nearness of every sample; alpha multiplied in. */
interface Buffers {
  readonly width: number;
  readonly height: number;
  readonly colour: Float32Array;
  readonly near: Float32Array;
}

/** How much nearer points and lines count than they are, so that a surface does not swallow what lies on it. */
const BIAS = 0.012;

/** Samples per pixel and direction. */
const SAMPLES = 2;

/**
 * Draws a scene into pixels with a depth buffer. The camera's sheet is measured in figure pixels.
 *
 * @param width of the figure
 * @param height of the figure
 * @param pixelRatio pixels of the image per pixel of the figure
 */
export function renderRaster(
  scene: PreparedScene,
  width: number,
  height: number,
  pixelRatio: number,
): Raster {
  const zoom = pixelRatio * SAMPLES;
  const [columns, rows] = [
    Math.round(width * pixelRatio) * SAMPLES,
    Math.round(height * pixelRatio) * SAMPLES,
  ];
  const buffers: Buffers = {
    width: columns,
    height: rows,
    colour: new Float32Array(4 * columns * rows),
    near: new Float32Array(columns * rows).fill(-Infinity),
  };
  const place: Place = (positions, at) => {
    const [x, y, near] = scene.camera.project(positions[at], positions[at + 1], positions[at + 2]);
    return [x * zoom, y * zoom, near];
  };
  const opaqueFirst = [...scene.surfaces].sort((a, b) => b.opacity - a.opacity);
  for (const surface of opaqueFirst) {
    drawSurface(buffers, surface, place, scene.light);
    drawLines(buffers, surface, place, zoom);
  }
  for (const points of scene.points) drawPoints(buffers, points, place, zoom);
  return downsample(buffers, SAMPLES);
}

type Place = (positions: Float64Array, at: number) => [number, number, number];

function drawSurface(buffers: Buffers, surface: PreparedSurface, place: Place, light: Vector3): void {
  const { positions, opacity } = surface;
  const count = positions.length / 9;
  const places = new Float64Array(9 * count);
  for (let c = 0; c < 3 * count; c++) places.set(place(positions, 3 * c), 3 * c);
  const order = Uint32Array.from({ length: count }, (_, t) => t);
  if (opacity < 1) {
    // Translucent triangles are mixed back to front.
    const depth = (t: number): number => places[9 * t + 2] + places[9 * t + 5] + places[9 * t + 8];
    order.sort((a, b) => depth(a) - depth(b));
  }
  for (const t of order) drawTriangle(buffers, surface, places, t, light);
}

function drawTriangle(
  buffers: Buffers,
  surface: PreparedSurface,
  places: Float64Array,
  t: number,
  light: Vector3,
): void {
  const { width, height, colour, near } = buffers;
  const at = 9 * t;
  const [ax, ay, az] = [places[at], places[at + 1], places[at + 2]];
  const [bx, by, bz] = [places[at + 3], places[at + 4], places[at + 5]];
  const [cx, cy, cz] = [places[at + 6], places[at + 7], places[at + 8]];
  const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  if (area === 0 || Number.isNaN(area)) return;
  // The sheet's y points down, so a triangle that faces the viewer turns clockwise there.
  const facing = area < 0 ? 1 : -1;
  const shaded = new Float32Array(9);
  for (let corner = 0; corner < 3; corner++) {
    const n = at + 3 * corner;
    const normal: Vector3 = [surface.normals[n], surface.normals[n + 1], surface.normals[n + 2]];
    const factor = lambert(normal, facing, light);
    for (let k = 0; k < 3; k++) shaded[3 * corner + k] = surface.colours[n + k] * factor;
  }
  const x0 = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
  const x1 = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
  const y0 = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
  const y1 = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
  const opacity = surface.opacity;
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      const [px, py] = [x + 0.5, y + 0.5];
      const u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area;
      const v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area;
      const w = 1 - u - v;
      if (u < 0 || v < 0 || w < 0) continue;
      const z = u * az + v * bz + w * cz;
      const pixel = y * width + x;
      if (z <= near[pixel]) continue;
      if (opacity >= 1) near[pixel] = z;
      for (let k = 0; k < 3; k++) {
        const value = u * shaded[k] + v * shaded[3 + k] + w * shaded[6 + k];
        const n = 4 * pixel + k;
        colour[n] = opacity * value + (1 - opacity) * colour[n];
      }
      colour[4 * pixel + 3] = opacity * 255 + (1 - opacity) * colour[4 * pixel + 3];
    }
  }
}

/** Nearness of a place that is moved toward the eye by the bias. */
function nearer(near: number): number {
  return near > 0 ? near / (1 - BIAS * near) : near + BIAS;
}

function drawLines(buffers: Buffers, surface: PreparedSurface, place: Place, zoom: number): void {
  const { lines, lineColour } = surface;
  const radius = 0.3 * zoom;
  for (let at = 0; at < lines.length; at += 6) {
    const [ax, ay, az] = place(lines, at);
    const [bx, by, bz] = place(lines, at + 3);
    const steps = Math.max(1, Math.ceil(Math.hypot(bx - ax, by - ay)));
    for (let s = 0; s <= steps; s++) {
      const t = s / steps;
      const z = nearer(az + t * (bz - az));
      disc(buffers, ax + t * (bx - ax), ay + t * (by - ay), radius, (pixel) => {
        if (z > buffers.near[pixel]) mix(buffers, pixel, lineColour, 1);
      });
    }
  }
}

function drawPoints(buffers: Buffers, points: PreparedPoints, place: Place, zoom: number): void {
  const count = points.positions.length / 3;
  const places = Array.from({ length: count }, (_, p) => place(points.positions, 3 * p));
  const order = Uint32Array.from({ length: count }, (_, p) => p).sort((a, b) => places[a][2] - places[b][2]);
  const radius = (points.size / 2) * zoom;
  const rim = Math.max(radius - 0.5 * zoom, 0.7 * radius);
  for (const p of order) {
    const [x, y, z] = places[p];
    const [cx, cy] = [Math.floor(x), Math.floor(y)];
    const hidden =
      cx >= 0 &&
      cy >= 0 &&
      cx < buffers.width &&
      cy < buffers.height &&
      nearer(z) < buffers.near[cy * buffers.width + cx];
    if (hidden && !points.showHidden) continue;
    disc(buffers, x, y, radius, (pixel, distance) => {
      const shade = distance > rim ? 0.7 : 1;
      const ink: Vector3 = [0, 1, 2].map((k) => points.colours[3 * p + k] * shade) as unknown as Vector3;
      mix(buffers, pixel, ink, points.opacity);
    });
  }
}

function disc(
  buffers: Buffers,
  x: number,
  y: number,
  radius: number,
  visit: (pixel: number, distance: number) => void,
): void {
  const { width, height } = buffers;
  for (
    let py = Math.max(0, Math.ceil(y - radius - 0.5));
    py <= Math.min(height - 1, y + radius - 0.5);
    py++
  ) {
    for (
      let px = Math.max(0, Math.ceil(x - radius - 0.5));
      px <= Math.min(width - 1, x + radius - 0.5);
      px++
    ) {
      const distance = Math.hypot(px + 0.5 - x, py + 0.5 - y);
      if (distance <= radius) visit(py * width + px, distance);
    }
  }
}

function mix(buffers: Buffers, pixel: number, ink: Vector3, opacity: number): void {
  const { colour } = buffers;
  const n = 4 * pixel;
  for (let k = 0; k < 3; k++) colour[n + k] = opacity * ink[k] + (1 - opacity) * colour[n + k];
  colour[n + 3] = opacity * 255 + (1 - opacity) * colour[n + 3];
}

/** Averages blocks of samples to pixels and divides alpha out. */
function downsample(buffers: Buffers, factor: number): Raster {
  const { colour } = buffers;
  const width = buffers.width / factor;
  const height = buffers.height / factor;
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let [red, green, blue, alpha] = [0, 0, 0, 0];
      for (let dy = 0; dy < factor; dy++) {
        const start = 4 * ((y * factor + dy) * buffers.width + x * factor);
        for (let n = start; n < start + 4 * factor; n += 4) {
          red += colour[n];
          green += colour[n + 1];
          blue += colour[n + 2];
          alpha += colour[n + 3];
        }
      }
      if (alpha === 0) continue;
      const to = 4 * (y * width + x);
      const scale = 255 / alpha;
      pixels[to] = scale * red;
      pixels[to + 1] = scale * green;
      pixels[to + 2] = scale * blue;
      pixels[to + 3] = alpha / (factor * factor);
    }
  return { width, height, pixels };
}
