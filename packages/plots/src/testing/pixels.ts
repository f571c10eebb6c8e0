import { Resvg } from '@resvg/resvg-js';

/** A figure drawn at its own size, to look at single pixels in tests. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue at a place. */
  at(x: number, y: number): [number, number, number];
  /** Pixels for which a test holds. */
  count(test: (rgb: [number, number, number], x: number, y: number) => boolean): number;
}

/** Rasterises an SVG document at one pixel per pixel. */
export function picture(svg: string): Picture {
  const { pixels, width, height } = new Resvg(svg, { font: { loadSystemFonts: false } }).render();
  const at = (x: number, y: number): [number, number, number] => {
    const n = 4 * (Math.round(y) * width + Math.round(x));
    return [pixels[n], pixels[n + 1], pixels[n + 2]];
  };
  return {
    width,
    height,
    at,
    count(test) {
      let found = 0;
      for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (test(at(x, y), x, y)) found++;
      return found;
    },
  };
}

/** Whether a colour is close to another. */
export function near(a: readonly number[], b: readonly number[], tolerance = 12): boolean {
  return a.every((value, n) => Math.abs(value - b[n]) <= tolerance);
}
