import { ConfigError } from '@ebim/runtime';
import { gnBuSurface } from '../colour/colour-map.js';
import { colourRange } from '../colour/colouring.js';
import { COLOUR_BAR_WIDTH, colourBarElement } from '../figure/colour-bar.js';
import { element, svgDocument, textElement } from '../figure/svg.js';
import { checkTour, tourElement } from '../figure/tour.js';
import { encodePng, pngDataUri } from '../image/png.js';
import { axesBox } from './axes-box.js';
import { makeCamera, type Camera, type View } from './camera.js';
import { preparePoints, prepareSurface, sceneFrame, type SceneFrame } from './prepare.js';
import { renderRaster, type PreparedScene } from './render-raster.js';
import { renderVector } from './render-vector.js';
import { lightDirection } from './shading.js';
import type { SceneObject, SceneOptions } from './scene-types.js';

/** Shapes beyond this number are drawn as pixels. */
const MOST_SHAPES = 5000;

/** Pixels above the box, where no labels stand. */
const TOP_MARGIN = 10;

/**
 * A still picture of surfaces and points in space as an SVG document, in Node and the browser alike.
 *
 * @throws ConfigError for bounds that are no ranges or sizes that leave no room.
 * @throws DataError when values do not match what they colour, or a tour is no path in space.
 * @example
 * const f = pointwise((x, y, z) => Math.hypot(x, y, z) - 1);
 * const mesh = await levelSurfaceOf(f, makeGrid([[-2, 2], [-2, 2], [-2, 2]], 30));
 * const density = pointwise((x, y, z) => Math.exp(z))(meshPoints(mesh));
 * const svg = sceneFigure([{ kind: 'surface', mesh, values: density }], {
 *   title: 'Sphere',
 *   view: { elevation: 20, azimuth: 40 },
 *   colourLabel: 'density',
 * });
 */
export function sceneFigure(objects: readonly SceneObject[], options: SceneOptions = {}): string {
  const { title, description, width = 560, view = {}, aspect = 'equal', pixelRatio = 2 } = options;
  const { axes = ['x', 'y', 'z'], render = 'auto', colourLabel, tour } = options;
  if (tour !== undefined) checkTour(tour, 3);
  const measured = objects.find((object) => object.values !== undefined);
  const bar = options.colourBar !== false && measured !== undefined;
  const top = title === undefined ? 8 : 34;
  const margin = axes === false ? { side: 8, bottom: 8 } : { side: 56, bottom: 46 };
  const frame = sceneFrame(
    tour === undefined ? objects : [...objects, { kind: 'points', points: tour.path }],
    options.bounds,
    aspect,
  );
  const outline = boxOutline(frame, view);
  const roomWidth = width - (bar ? COLOUR_BAR_WIDTH : 0);
  const natural =
    ((roomWidth - 2 * margin.side) * outline.height) / outline.width + margin.bottom + TOP_MARGIN;
  const height = options.height ?? Math.round(top + Math.min(Math.max(natural, 200), 480));
  const room = { width: roomWidth, height: height - top };
  if (!(room.width > 2 * margin.side && room.height > margin.bottom + TOP_MARGIN)) {
    throw new ConfigError({
      code: 'figure-size',
      where: 'sceneFigure({ width, height })',
      expected: 'a figure that leaves room for the scene beside labels and colour bar',
      received: `${width} x ${height}`,
    });
  }
  const camera = fittedCamera(outline, view, room, margin);
  const scene: PreparedScene = {
    surfaces: objects.filter((o) => o.kind === 'surface').map((o) => prepareSurface(o, frame)),
    points: objects.filter((o) => o.kind === 'points').map((o) => preparePoints(o, frame)),
    camera,
    light: lightDirection(camera, options.light),
  };
  const shapes =
    scene.surfaces.reduce((sum, s) => sum + s.positions.length / 9 + s.lines.length / 6, 0) +
    scene.points.reduce((sum, p) => sum + p.positions.length / 3, 0);
  const asPixels = render === 'raster' || (render === 'auto' && shapes > MOST_SHAPES);
  const drawing = asPixels
    ? element('image', {
        ...room,
        href: pngDataUri(encodePng(renderRaster(scene, room.width, room.height, pixelRatio))),
        preserveAspectRatio: 'none',
      })
    : renderVector(scene);
  let body = element(
    'g',
    { transform: `translate(0 ${top})` },
    (axes === false ? '' : axesBox(frame, camera, axes)) +
      drawing +
      (tour === undefined ? '' : tourElement(tour, (point) => sheetPlace(frame, camera, point))),
  );
  if (title !== undefined) body += textElement(width / 2, 22, title, { size: 14, weight: 'bold' });
  if (bar) {
    const long = Math.min(room.height * 0.7, 260);
    body += colourBarElement(
      {
        colourMap: measured.colourMap ?? gnBuSurface,
        range: colourRange(measured),
        ...(colourLabel === undefined ? {} : { label: colourLabel }),
      },
      room.width + 2,
      top + (room.height - long) / 2,
      long,
    );
  }
  return svgDocument(
    {
      width,
      height,
      ...(title === undefined ? {} : { title }),
      description: description ?? describe(objects),
    },
    body,
  );
}

/** Where the box's corners fall on a sheet of unit scale. */
interface Outline {
  readonly centre: readonly [number, number];
  readonly width: number;
  readonly height: number;
}

function boxOutline(frame: SceneFrame, view: View): Outline {
  const unit = makeCamera(view);
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let n = 0; n < 8; n++) {
    const corner = frame.sides.map((side, a) => ((n >> a) & 1 ? side : -side) / 2) as [
      number,
      number,
      number,
    ];
    const [x, y] = unit.project(...corner);
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return { centre: [(left + right) / 2, (top + bottom) / 2], width: right - left, height: bottom - top };
}

/** A camera that shows the whole box, with room for labels beside and below it. */
function fittedCamera(
  outline: Outline,
  view: View,
  room: { readonly width: number; readonly height: number },
  margin: { readonly side: number; readonly bottom: number },
): Camera {
  const scale = Math.min(
    (room.width - 2 * margin.side) / outline.width,
    (room.height - margin.bottom - TOP_MARGIN) / outline.height,
  );
  return makeCamera(view, scale, [
    room.width / 2 - scale * outline.centre[0],
    (room.height - margin.bottom + TOP_MARGIN) / 2 - scale * outline.centre[1],
  ]);
}

/** Where a point is on the sheet. */
function sheetPlace(frame: SceneFrame, camera: Camera, point: Float64Array): [number, number] {
  const [x, y] = camera.project(
    ...(Array.from(point, (value, axis) => frame.toScene(axis, value)) as [number, number, number]),
  );
  return [x, y];
}

function describe(objects: readonly SceneObject[]): string {
  return objects
    .map((o) =>
      o.kind === 'surface'
        ? `a surface of ${o.mesh.triangles.length / 3} triangles`
        : `${o.points.rows} points`,
    )
    .join(', ');
}
