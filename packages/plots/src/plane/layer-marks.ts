import type { Markish, RenderFunction } from '@observablehq/plot';
import { gnBu, toHex, type Rgb } from '../colour/colour-map.js';
import { colourRange, resolveColours } from '../colour/colouring.js';
import { INK } from '../figure/svg.js';
import { heatMapImage } from './heat-map.js';
import type { PlaneCurve, PlaneHeatMap, PlaneLayer, PlanePoints } from './plane-types.js';
import type { PlotLibrary } from './render-plot.js';

/** The marks that draw a layer. */
export function layerMarks(library: PlotLibrary, document: Document, layer: PlaneLayer): Markish[] {
  if (layer.kind === 'text') {
    const { x, y, text } = layer;
    return [library.text([{ x, y }], { x: 'x', y: 'y', text: () => text, fill: INK, fontSize: 12 })];
  }
  if (layer.kind === 'heatMap') return [imageMark(document, layer)];
  if (layer.kind === 'points') {
    const { points, size = 5, opacity = 1 } = layer;
    const colours = hexColours(layer, points.rows);
    return [
      library.dot(range(points.rows), {
        x: (i: number) => points.data[2 * i],
        y: (i: number) => points.data[2 * i + 1],
        r: size / 2,
        fill: (i: number) => colours[i],
        fillOpacity: opacity,
        clip: true,
      }),
    ];
  }
  const { curve, width = 3 } = layer;
  const { vertices, edges } = curve;
  const count = edges.length / 2;
  const { values } = layer;
  const perEdge =
    values === undefined || values.length === count
      ? layer
      : {
          ...layer,
          values: range(count).map((e) => (values[edges[2 * e]] + values[edges[2 * e + 1]]) / 2),
        };
  const withRange = values === undefined ? perEdge : { ...perEdge, range: colourRange(layer) };
  const colours = hexColours(withRange, count);
  const end = (side: number, axis: number) => (e: number) => vertices[2 * edges[2 * e + side] + axis];
  return [
    library.link(range(count), {
      x1: end(0, 0),
      y1: end(0, 1),
      x2: end(1, 0),
      y2: end(1, 1),
      stroke: (e: number) => colours[e],
      strokeWidth: width,
      strokeLinecap: 'round',
      clip: true,
    }),
  ];
}

function hexColours(layer: PlanePoints | PlaneCurve, count: number): string[] {
  const colours = resolveColours(layer, count, gnBu(layer.kind === 'points' ? 1 : 0.75));
  return range(count).map((i) => toHex(colours.subarray(3 * i, 3 * i + 3) as unknown as Rgb));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** A mark that places an image by the scales of the plot; Plot's own raster mark needs a canvas. */
function imageMark(document: Document, layer: PlaneHeatMap): RenderFunction {
  const image = heatMapImage(layer);
  return (_, scales, __, dimensions) => {
    const { x, y } = scales as { x: (value: number) => number; y: (value: number) => number };
    const svg = 'http://www.w3.org/2000/svg';
    const { marginLeft, marginTop, marginRight, marginBottom } = dimensions;
    // An inner drawing clips the half cells that reach beyond the frame.
    const clip = document.createElementNS(svg, 'svg');
    const inside = {
      x: marginLeft,
      y: marginTop,
      width: dimensions.width - marginLeft - marginRight,
      height: dimensions.height - marginTop - marginBottom,
    };
    const element = document.createElementNS(svg, 'image');
    const place = {
      x: x(image.x[0]) - marginLeft,
      y: y(image.y[1]) - marginTop,
      width: x(image.x[1]) - x(image.x[0]),
      height: y(image.y[0]) - y(image.y[1]),
      preserveAspectRatio: 'none',
      href: image.href,
    };
    for (const [name, value] of Object.entries(inside)) clip.setAttribute(name, String(value));
    for (const [name, value] of Object.entries(place)) element.setAttribute(name, String(value));
    clip.appendChild(element);
    return clip;
  };
}
