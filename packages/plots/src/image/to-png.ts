/** Options of {@link toPng}. */
export interface ToPngOptions {
  /** Width of the picture in pixels; the height follows. Default: twice the width of the figure. */
  readonly width?: number;
  /** Pixels of the picture per pixel of the figure, instead of a width. Default 2. */
  readonly scale?: number;
}

/**
 * Draws an SVG document into a PNG file. Node only: rasterising uses a native library. Text needs a font on
 * the machine; without any, the picture comes without text.
 *
 * @example
 * const svg = await lineFigure([{ label: 'loss', y: [3, 2, 1] }]);
 * const png = await toPng(svg, { width: 1200 });
 */
export async function toPng(svg: string, options: ToPngOptions = {}): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const { width, scale = 2 } = options;
  const image = new Resvg(svg, {
    fitTo: width === undefined ? { mode: 'zoom', value: scale } : { mode: 'width', value: width },
    font: { loadSystemFonts: true },
    logLevel: 'off',
  }).render();
  return new Uint8Array(image.asPng());
}
