import { ConfigError } from '@ebim/runtime';
import { placeSvg, svgDocument, svgSize, textElement } from './svg.js';

/** Options of {@link figureGrid}. */
export interface FigureGridOptions {
  /** Over everything. */
  readonly title?: string;
  /** For who cannot see the figure. */
  readonly description?: string;
  /** Default: all in one row. */
  readonly columns?: number;
  /** One above each panel. */
  readonly titles?: readonly string[];
  /** Pixels between panels. Default 8. */
  readonly gap?: number;
}

/**
 * Figures side by side in one SVG document. Columns and rows are as large as their largest panel.
 *
 * @throws ConfigError when there is no figure or `columns` is not a positive integer.
 * @example
 * const [left, right] = [await lineFigure([{ label: 'a', y: [1, 2] }]), await lineFigure([{ label: 'b', y: [2, 1] }])];
 * const svg = figureGrid([left, right], { titles: ['up', 'down'] });
 */
export function figureGrid(figures: readonly string[], options: FigureGridOptions = {}): string {
  const { title, description, titles, gap = 8, columns = figures.length } = options;
  if (!(figures.length > 0 && Number.isInteger(columns) && columns > 0)) {
    throw new ConfigError({
      code: 'figure-grid',
      where: 'figureGrid',
      expected: 'at least one figure and a positive number of columns',
      received: `${figures.length} figures in ${columns} columns`,
    });
  }
  const sizes = figures.map(svgSize);
  const heading = titles === undefined ? 0 : 24;
  const rows = Math.ceil(figures.length / columns);
  const largest = (count: number, pick: (n: number) => number, size: (n: number) => number): number[] =>
    Array.from({ length: count }, (_, index) =>
      Math.max(0, ...figures.map((_figure, n) => (pick(n) === index ? size(n) : 0))),
    );
  const widths = largest(
    Math.min(columns, figures.length),
    (n) => n % columns,
    (n) => sizes[n].width,
  );
  const heights = largest(
    rows,
    (n) => Math.floor(n / columns),
    (n) => sizes[n].height + heading,
  );
  const top = title === undefined ? 0 : 36;
  const offset = (lengths: readonly number[], index: number): number =>
    lengths.slice(0, index).reduce((sum, length) => sum + length + gap, 0);
  const width = offset(widths, widths.length) - gap;
  let body = title === undefined ? '' : textElement(width / 2, 24, title, { size: 16, weight: 'bold' });
  figures.forEach((figure, n) => {
    const [column, row] = [n % columns, Math.floor(n / columns)];
    const x = offset(widths, column) + (widths[column] - sizes[n].width) / 2;
    const y = top + offset(heights, row);
    const name = titles?.[n];
    if (name !== undefined) {
      body += textElement(x + sizes[n].width / 2, y + 17, name, { size: 13, weight: 'bold' });
    }
    body += placeSvg(figure, x, y + heading);
  });
  return svgDocument(
    {
      width,
      height: top + offset(heights, rows) - gap,
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
    },
    body,
  );
}
