import { toHex, type ColourMap } from '../colour/colour-map.js';
import { element, INK, textElement } from './svg.js';
import { formatTicks, niceTicks } from './ticks.js';

/** Room that a colour bar takes to the right of a figure, in pixels. */
export const COLOUR_BAR_WIDTH = 76;

/** What a colour bar shows. */
export interface ColourBar {
  readonly colourMap: ColourMap;
  /** Values of the first and last colour. */
  readonly range: readonly [number, number];
  /** Written along it, with units. */
  readonly label?: string;
}

/** A vertical bar of colours with ticks, its upper left corner at (x, y). */
export function colourBarElement(bar: ColourBar, x: number, y: number, height: number): string {
  const [low, high] = bar.range;
  const width = 12;
  const steps = 64;
  let body = '';
  for (let n = steps - 1; n >= 0; n--) {
    const top = y + height * (1 - (n + 1) / steps);
    // From the top down, each patch reaching to the bottom, so that no white line shows between them.
    const patch = { x, y: top, width, height: y + height - top };
    body += element('rect', { ...patch, fill: toHex(bar.colourMap((n + 0.5) / steps)) });
  }
  body += element('rect', { x, y, width, height, fill: 'none', stroke: INK, 'stroke-width': 0.5 });
  const ticks = niceTicks(low, high, Math.max(2, Math.round(height / 50)));
  const labels = formatTicks(ticks);
  const widest = Math.max(...labels.map((text) => text.length));
  ticks.forEach((tick, n) => {
    const at = y + height * (high > low ? 1 - (tick - low) / (high - low) : 0.5);
    body += element('line', {
      x1: x + width,
      x2: x + width + 4,
      y1: at,
      y2: at,
      stroke: INK,
      'stroke-width': 0.8,
    });
    body += textElement(x + width + 7, at + 3.5, labels[n], { size: 10, anchor: 'start' });
  });
  if (bar.label !== undefined) {
    body += textElement(x + width + 22 + 5.6 * widest, y + height / 2, bar.label, { size: 11, rotate: -90 });
  }
  return `<g>${body}</g>`;
}
