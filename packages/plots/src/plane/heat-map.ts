import { colourOf, colourRange } from '../colour/colouring.js';
import { gnBu } from '../colour/colour-map.js';
import { encodePng, pngDataUri } from '../image/png.js';
import type { PlaneHeatMap } from './plane-types.js';

/** A heat map as an image and the rectangle that it covers: each grid point is the middle of its pixel. */
export interface HeatMapImage {
  readonly href: string;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Colours the values of a grid into an image, first axis to the right, second upwards. */
export function heatMapImage(layer: PlaneHeatMap): HeatMapImage {
  const { values, grid, colourMap = gnBu } = layer;
  const [nx, ny] = grid.resolution as readonly [number, number];
  const range = colourRange(layer);
  const pixels = new Uint8ClampedArray(4 * nx * ny);
  for (let i = 0; i < nx; i++) {
    for (let j = 0; j < ny; j++) {
      const at = 4 * ((ny - 1 - j) * nx + i);
      const value = values[i * ny + j];
      pixels.set(colourOf(value, colourMap, range), at);
      pixels[at + 3] = Number.isNaN(value) ? 0 : 255;
    }
  }
  const halfCell = (axis: number): readonly [number, number] => {
    const [low, high] = grid.bounds[axis];
    const half = (high - low) / (grid.resolution[axis] - 1) / 2;
    return [low - half, high + half];
  };
  return {
    href: pngDataUri(encodePng({ width: nx, height: ny, pixels })),
    x: halfCell(0),
    y: halfCell(1),
  };
}
