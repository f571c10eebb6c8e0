import type { Points } from '@ebim/datasets';
import {
  figureGrid,
  latticeMesh,
  planeFigure,
  sceneFigure,
  viridis,
  type PlaneLayer,
  type SceneOptions,
} from '@ebim/plots';
import type { TourPictures } from '../../flow/tour-pictures.js';
import type { Figure } from '../../report/report-input.js';
import { tourFigure } from '../figures/tour-figure.js';
import { CHART_GRID, PICTURED, planeGrid, trueCurve, trueSurface, type SurfacePictures } from './pictures.js';

/** A trained model and what it looks like. */
export interface PicturedModel {
  readonly title: string;
  readonly pictures: SurfacePictures;
}

/** Log densities that colours stand for (flow spec 5.7). */
const RANGE = [-10, -2] as const;
const SCENE: SceneOptions = {
  view: { elevation: 35, azimuth: -60 },
  axes: ['x0', 'x1', 'x2'],
  colourLabel: 'log density',
};
const SIZE = CHART_GRID.resolution as readonly [number, number];

/** Figure 4 of the paper: surfaces, and a section through them. */
export async function surfaceFigures(models: readonly PicturedModel[]): Promise<Figure[]> {
  const learned = models.find(({ pictures }) => pictures.surface !== null);
  const ambient = models.find(({ pictures }) => pictures.plane !== null);
  return [
    ...(learned?.pictures.surface ? [surfacesFigure(learned.title, learned.pictures.surface)] : []),
    await sectionFigure(learned, ambient),
    ...(learned?.pictures.surface && learned.pictures.tour
      ? [await learnedTour(learned.title, learned.pictures.surface, learned.pictures.tour)]
      : []),
  ];
}

function surfacesFigure(title: string, learned: NonNullable<SurfacePictures['surface']>): Figure {
  const truth = trueSurface();
  const panel = (points: Points, values: Float64Array) =>
    sceneFigure(
      [{ kind: 'surface', mesh: latticeMesh(points, SIZE), values, range: RANGE, colourMap: viridis }],
      { ...SCENE, width: 360, bounds: boundsOf(truth.points) },
    );
  const panels = [truth, learned].flatMap(({ points, logDensity }) =>
    logDensity.map((values) => panel(points, values)),
  );
  return {
    name: 'surfaces',
    title: 'Surface and density',
    caption: `The true surface (above) and what it is projected to by ${title} (below), coloured by log density on the surface, for three parameters.`,
    svg: figureGrid(panels, {
      columns: 3,
      titles: ['true', title].flatMap((name) => PICTURED.map((theta) => `${name}, θ = ${theta}`)),
    }),
  };
}

/** A walk through the latents, over the surface at theta = 0. */
function learnedTour(
  title: string,
  { points, logDensity }: NonNullable<SurfacePictures['surface']>,
  tour: TourPictures,
): Promise<Figure> {
  const values = logDensity[PICTURED.indexOf(0)];
  return tourFigure(tour, {
    name: 'tour',
    title: 'Latent tour',
    manifold: `${title}, θ = 0`,
    objects: [{ kind: 'surface', mesh: latticeMesh(points, SIZE), values, range: RANGE, colourMap: viridis }],
    scene: { ...SCENE, bounds: boundsOf(trueSurface().points) },
  });
}

/** The box of some points. */
function boundsOf({ data, rows }: Points): [[number, number], [number, number], [number, number]] {
  const axis = (a: number): [number, number] => {
    const values = Array.from({ length: rows }, (_, i) => data[3 * i + a]);
    return [Math.min(...values) - 0.1, Math.max(...values) + 0.1];
  };
  return [axis(0), axis(1), axis(2)];
}

/** Columns x1 and x2 of points near the plane. */
const inPlane = (points: Points): Points => {
  const data = new Float64Array(2 * points.rows);
  for (let i = 0; i < points.rows; i++) data.set(points.data.subarray(3 * i + 1, 3 * i + 3), 2 * i);
  return { data, rows: points.rows, columns: 2 };
};

async function sectionFigure(
  learned: PicturedModel | undefined,
  ambient: PicturedModel | undefined,
): Promise<Figure> {
  const grid = planeGrid();
  const bounds = grid.bounds as readonly [readonly [number, number], readonly [number, number]];
  const curve = ({ points, logDensity }: { points: Points; logDensity: Float64Array }): PlaneLayer => ({
    kind: 'points',
    points: inPlane(points),
    values: logDensity,
    range: RANGE,
    colourMap: viridis,
    size: 4,
  });
  const truth = trueCurve();
  const panels: { readonly title: string; readonly layers: readonly PlaneLayer[] }[] = [
    { title: 'true density on the surface', layers: [curve(truth)] },
  ];
  if (ambient?.pictures.plane)
    panels.push({
      title: `${ambient.title}: density in space`,
      layers: [
        // Where a density is no number it has the colour of none.
        {
          kind: 'heatMap',
          grid,
          values: ambient.pictures.plane.map((value) => (Number.isFinite(value) ? value : -1e3)),
          range: RANGE,
          colourMap: viridis,
        },
      ],
    });
  if (learned?.pictures.curve)
    panels.push({
      title: `${learned.title}: density on its surface`,
      layers: [curve(learned.pictures.curve)],
    });
  const svgs = await Promise.all(
    panels.map(({ layers }) =>
      planeFigure(layers, {
        bounds,
        width: 460,
        xLabel: 'x1',
        yLabel: 'x2',
        colourLabel: 'log density, θ = 0',
      }),
    ),
  );
  return {
    name: 'section',
    title: 'Section at x0 = 0',
    caption:
      'Log densities where the plane x0 = 0 cuts the surface. An ambient flow spreads its density over a thin sheet around the surface, here its mean in each cell; densities in space and on a surface have different units.',
    svg: figureGrid(svgs, { columns: Math.min(3, svgs.length), titles: panels.map(({ title }) => title) }),
  };
}
