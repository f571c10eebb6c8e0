import { gnBuSurface } from '../colour/colour-map.js';
import { colourRange } from '../colour/colouring.js';
import { COLOUR_BAR_WIDTH, colourBarElement } from '../figure/colour-bar.js';
import { escapeXml, svgDocument } from '../figure/svg.js';
import { formatTicks } from '../figure/ticks.js';
import { preparePoints, prepareSurface, sceneFrame, sceneTicks, type SceneFrame } from '../scene/prepare.js';
import { sceneFigure } from '../scene/scene-figure.js';
import type { SceneObject, SceneOptions } from '../scene/scene-types.js';
import { packScene } from './pack.js';
import { VIEWER_SCRIPT } from './viewer-script.js';
import { weldCorners } from './weld.js';

/** Options of {@link interactiveScene}. Light and renderer concern the still picture only. */
export type InteractiveSceneOptions = SceneOptions;

/**
 * A scene that can be turned and zoomed, as a piece of HTML that needs nothing else: no network, no library.
 * Until its program runs, and where it cannot (no script, no WebGL), it shows the still picture of
 * {@link sceneFigure}. Drag to turn, pinch or Ctrl and wheel to zoom, double click to return; arrow keys,
 * plus, minus and Home do the same.
 *
 * @throws ConfigError and DataError as {@link sceneFigure}.
 * @example
 * const f = pointwise((x, y, z) => Math.hypot(x, y, z) - 1);
 * const mesh = await levelSurfaceOf(f, makeGrid([[-2, 2], [-2, 2], [-2, 2]], 30));
 * const html = interactiveScene([{ kind: 'surface', mesh }], { title: 'Sphere' });
 */
export function interactiveScene(
  objects: readonly SceneObject[],
  options: InteractiveSceneOptions = {},
): string {
  const { title, width = 560, height = 480, aspect = 'equal', axes = ['x', 'y', 'z'], view = {} } = options;
  const frame = sceneFrame(objects, options.bounds, aspect);
  const packed = packScene(
    objects
      .filter((o) => o.kind === 'surface')
      .map((o) => prepareSurface(o, frame))
      .map((surface) => weldCorners(surface, surface.opacity)),
    objects.filter((o) => o.kind === 'points').map((o) => preparePoints(o, frame)),
    frame.sides,
  );
  const measured = objects.find((object) => object.values !== undefined);
  const bar = options.colourBar !== false && measured !== undefined;
  const stageWidth = width - (bar ? COLOUR_BAR_WIDTH : 0);
  const { title: _title, ...untitled } = options;
  const still = sceneFigure(objects, {
    render: 'raster',
    pixelRatio: 1.5,
    ...untitled,
    width: stageWidth,
    height,
    colourBar: false,
  });
  const scene = {
    ...packed,
    sides: frame.sides,
    view: { elevation: view.elevation ?? 30, azimuth: view.azimuth ?? -60 },
    label: title ?? 'Figure',
    axes: axes !== false && axes.map((label, axis) => ({ label, ticks: axisTicks(frame, axis) })),
  };
  const legend = bar
    ? svgDocument(
        { width: COLOUR_BAR_WIDTH, height: height * 0.8, title: 'Colour scale' },
        colourBarElement(
          {
            colourMap: measured.colourMap ?? gnBuSurface,
            range: colourRange(measured),
            ...(options.colourLabel === undefined ? {} : { label: options.colourLabel }),
          },
          2,
          height * 0.1,
          height * 0.6,
        ),
      )
    : '';
  // A white card with its own ink: pages may be dark.
  const card = `margin:0;max-width:${width}px;background:#fff;color:#333;font-family:Helvetica,Arial,sans-serif`;
  const heading =
    title === undefined
      ? ''
      : `<figcaption style="text-align:center;font-weight:bold;padding:8px 0 2px">${escapeXml(title)}</figcaption>`;
  const stage =
    `<div data-stage style="position:relative;flex:1;min-width:0;aspect-ratio:${stageWidth}/${height};overflow:hidden">` +
    `${responsive(still)}</div>`;
  // A script element must not contain its own end.
  const json = JSON.stringify(scene).replace(/</g, '\\u003c');
  return (
    `<figure class="ebim-scene" style="${card}">${heading}` +
    `<div style="display:flex;align-items:center">${stage}${legend}</div>` +
    `<script>${VIEWER_SCRIPT}(document.currentScript.parentElement,${json});</script></figure>`
  );
}

function axisTicks(frame: SceneFrame, axis: number): [number, string][] {
  const ticks = sceneTicks(frame, axis);
  const texts = formatTicks(ticks);
  return ticks.map((tick, n) => [frame.toScene(axis, tick), texts[n]]);
}

/** An SVG document that fills its place instead of insisting on its size. */
function responsive(svg: string): string {
  return svg.replace(
    /<svg\b([^>]*?) width="[^"]*" height="[^"]*"/,
    '<svg$1 style="display:block;width:100%;height:100%"',
  );
}
