import { DataError } from '@ebim/runtime';
import { encodePng, pngDataUri } from '../image/png.js';
import { element, svgDocument, textElement } from './svg.js';

/** A set of images, `[count, height, width, channels]` flat. */
export interface ImageSet {
  readonly data: ArrayLike<number>;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** Grey or colour. */
  readonly channels: 1 | 3;
}

/** Options of {@link imageGrid}. */
export interface ImageGridOptions {
  readonly title?: string;
  /** For who cannot see the figure. */
  readonly description?: string;
  /** Default: as square as possible. */
  readonly columns?: number;
  /** Values of black and white; beyond them values are cut off. Default [0, 1]. */
  readonly range?: readonly [number, number];
  /** Pixels of the figure per pixel of an image, a whole number. Default 3. */
  readonly scale?: number;
  /** Image pixels between images. Default 1. */
  readonly gap?: number;
}

/**
 * Images on a grid, row by row, in one SVG document.
 *
 * @throws DataError when there is no image or the numbers do not fill them.
 * @example
 * const data = Float32Array.from({ length: 100 * 28 * 28 }, (_, n) => (n % 97) / 96);
 * const svg = imageGrid({ data, count: 100, height: 28, width: 28, channels: 1 });
 */
export function imageGrid(images: ImageSet, options: ImageGridOptions = {}): string {
  const { data, count, height, width, channels } = images;
  if (!(count > 0) || data.length !== count * height * width * channels) {
    throw new DataError({
      code: 'image-set',
      where: 'imageGrid',
      expected: `at least one image, with count * height * width * channels numbers`,
      received: `[${count}, ${height}, ${width}, ${channels}] with ${data.length} numbers`,
    });
  }
  const { title, description, range = [0, 1], scale = 3, gap = 1 } = options;
  const columns = Math.min(options.columns ?? Math.ceil(Math.sqrt(count)), count);
  const rows = Math.ceil(count / columns);
  // Enlarged here, not by who shows the figure, because many of them blur.
  const zoom = Math.max(1, Math.round(scale));
  const gridWidth = zoom * (columns * (width + gap) + gap);
  const gridHeight = zoom * (rows * (height + gap) + gap);
  const pixels = new Uint8ClampedArray(4 * gridWidth * gridHeight).fill(255);
  const [low, high] = range;
  for (let n = 0; n < count; n++) {
    const left = gap + (n % columns) * (width + gap);
    const top = gap + Math.floor(n / columns) * (height + gap);
    for (let y = 0; y < height * zoom; y++) {
      for (let x = 0; x < width * zoom; x++) {
        const source = (n * height + Math.floor(y / zoom)) * width + Math.floor(x / zoom);
        const from = source * channels;
        const to = 4 * ((top * zoom + y) * gridWidth + left * zoom + x);
        for (let k = 0; k < 3; k++) {
          pixels[to + k] = (255 * (data[from + (channels === 3 ? k : 0)] - low)) / (high - low);
        }
      }
    }
  }
  const heading = title === undefined ? 0 : 30;
  const size = { width: gridWidth, height: gridHeight };
  const image = element('image', {
    y: heading,
    ...size,
    href: pngDataUri(encodePng({ width: gridWidth, height: gridHeight, pixels })),
    preserveAspectRatio: 'none',
  });
  const name =
    title === undefined ? '' : textElement(size.width / 2, 20, title, { size: 14, weight: 'bold' });
  return svgDocument(
    {
      width: size.width,
      height: size.height + heading,
      ...(title === undefined ? {} : { title }),
      description: description ?? `${count} images of ${height} x ${width} pixels`,
    },
    name + image,
  );
}
