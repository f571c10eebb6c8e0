import type { PlotOptions } from '@observablehq/plot';
import { FONT_FAMILY, INK } from '../figure/svg.js';

/** The parts of Observable Plot that draw marks. */
export type PlotLibrary = typeof import('@observablehq/plot');

/**
 * Draws with Observable Plot, in the page's document where there is one and in a light one of linkedom's in
 * Node, and gives the SVG as text: the same text for the same figure, which Plot's running numbers are not.
 *
 * @param build gets Plot and the document, for marks that make elements of their own
 */
export async function renderPlot(
  build: (plot: PlotLibrary, document: Document) => PlotOptions,
): Promise<string> {
  const plot = await import('@observablehq/plot');
  const document = await figureDocument();
  const svg = plot.plot({ ...build(plot, document), document }).outerHTML;
  // Style sheets of one figure would reach every other figure of a page.
  const bare = svg
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/ class="[^"]*"/, '')
    .replace(/font-family="[^"]*"/g, `font-family="${FONT_FAMILY}"`)
    .replace(/currentColor/g, INK)
    .replace(/-?\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100));
  return withStableIds(bare);
}

async function figureDocument(): Promise<Document> {
  if (typeof document !== 'undefined') return document;
  const { parseHTML } = await import('linkedom');
  return parseHTML('<!doctype html><html><body></body></html>').document;
}

/** Clip paths named after the figure's content, so that figures on one page do not take each other's. */
function withStableIds(svg: string): string {
  const names = [...new Set([...svg.matchAll(/id="(plot-clip-\d+)"/g)].map((match) => match[1]))];
  const neutral = names.reduce((text, name, n) => text.replaceAll(name, `clip-${n}-`), svg);
  const suffix = hash(neutral);
  return names.reduce((text, _, n) => text.replaceAll(`clip-${n}-`, `clip-${n}-${suffix}`), neutral);
}

/** FNV-1a of a text, in base 36. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(36);
}
