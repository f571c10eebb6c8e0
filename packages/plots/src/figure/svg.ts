import { DataError } from '@ebim/runtime';

/** Fonts in every figure: what a machine is likely to have, in order. */
export const FONT_FAMILY = 'Helvetica, Arial, DejaVu Sans, Liberation Sans, Noto Sans, sans-serif';

/** Ink of axes and labels. */
export const INK = '#333333';

/** Escapes text for SVG and HTML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** A number with at most two decimals. */
export function round2(value: number): string {
  return String(Math.round(value * 100) / 100 + 0);
}

/** An element with attributes; undefined ones are left out, numbers rounded. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  children?: string,
): string {
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    text += ` ${key}="${typeof value === 'number' ? round2(value) : escapeXml(value)}"`;
  }
  return children === undefined ? `${text}/>` : `${text}>${children}</${name}>`;
}

/** Options of {@link textElement}. */
export interface TextOptions {
  /** Default 11. */
  readonly size?: number;
  /** Default middle. */
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Default normal. */
  readonly weight?: 'normal' | 'bold';
  /** Default {@link INK}. */
  readonly colour?: string;
  /** Degrees, clockwise, about (x, y). */
  readonly rotate?: number;
}

/** A line of text; y is its baseline. */
export function textElement(x: number, y: number, text: string, options: TextOptions = {}): string {
  const { size = 11, anchor = 'middle', weight, colour = INK, rotate } = options;
  return element(
    'text',
    {
      x,
      y,
      'font-size': size,
      'text-anchor': anchor,
      'font-weight': weight,
      fill: colour,
      transform: rotate === undefined ? undefined : `rotate(${round2(rotate)} ${round2(x)} ${round2(y)})`,
    },
    escapeXml(text),
  );
}

/** What the frame of a figure needs. */
export interface SvgFrame {
  readonly width: number;
  readonly height: number;
  /** Read aloud and shown on hover. */
  readonly title?: string;
  /** A longer description for who cannot see the figure. */
  readonly description?: string;
}

/** A whole SVG document on a white sheet, so that it reads on dark pages too. */
export function svgDocument(frame: SvgFrame, body: string): string {
  const { width, height, title, description } = frame;
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${round2(width)} ${round2(height)}`,
      width,
      height,
      role: 'img',
      'aria-label': title,
      'font-family': FONT_FAMILY,
    },
    (title === undefined ? '' : `<title>${escapeXml(title)}</title>`) +
      (description === undefined ? '' : `<desc>${escapeXml(description)}</desc>`) +
      element('rect', { width, height, fill: '#ffffff' }) +
      body,
  );
}

/**
 * Width and height of an SVG document.
 *
 * @throws DataError when its first element has no numeric width and height.
 */
export function svgSize(svg: string): { readonly width: number; readonly height: number } {
  const root = /^\s*<svg\b[^>]*>/.exec(svg)?.[0] ?? '';
  const size = (name: string): number => Number(new RegExp(`\\s${name}="([\\d.]+)(?:px)?"`).exec(root)?.[1]);
  const [width, height] = [size('width'), size('height')];
  if (!(width > 0 && height > 0)) {
    throw new DataError({
      code: 'svg-size',
      where: 'svgSize',
      expected: 'an SVG document whose first element has width and height in pixels',
      received: svg.slice(0, 60),
    });
  }
  return { width, height };
}

/** An SVG document as an element at a place inside another one. */
export function placeSvg(svg: string, x: number, y: number): string {
  return svg.replace(/<svg\b/, `<svg x="${round2(x)}" y="${round2(y)}"`);
}
