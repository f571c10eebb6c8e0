import { takeRows, type Points } from '@ebim/datasets';
import { figureGrid, planeFigure, sceneFigure, viridis, type Box3, type View } from '@ebim/plots';
import type { TourPictures } from '../../flow/tour-pictures.js';
import type { Figure } from '../../report/report-input.js';
import { tourFigure } from '../figures/tour-figure.js';
import { DROPPED, isShown } from './measure.js';
import { trajectoryPoints, type LorenzPictures } from './pictures.js';
import { SPACING, trainingText, type LorenzSize } from './sizes.js';

/** Log densities that colours stand for (flow spec 4.4). */
const RANGE = [-7, -2] as const;
/** The two views of the paper. */
const VIEWS: readonly View[] = [
  { elevation: 20, azimuth: -70 },
  { elevation: 20, azimuth: 45 },
];

const AXES = ['x0', 'x1', 'x2'] as const;
/** Points from which on they are drawn smaller. */
const MANY = 50_000;
/** Room for the colour bar, so that both scenes are of one size. */
const BAR = 76;

/** The attractor and what one training makes of it: in space (Figure 5 of the paper), and in the chart. */
export async function lorenzFigures(size: LorenzSize, pictures: LorenzPictures): Promise<Figure[]> {
  const points = trajectoryPoints(size.pictured);
  const { logDensity, projections, chart, tour } = pictures;
  const shown = Array.from({ length: points.rows }, (_, i) => i).filter((i) => isShown(logDensity[i]));
  const values = shown.map((i) => logDensity[i]);
  const learned = { points: takeRows(projections, shown), values };
  return [
    spaceFigure(size, points, learned),
    await chartFigure(size, points, chart),
    ...(tour === undefined ? [] : [await learnedTour(size, points, learned, tour)]),
  ];
}

/** A walk through the latents, over the learned points. */
const learnedTour = (
  size: LorenzSize,
  points: Points,
  learned: { readonly points: Points; readonly values: readonly number[] },
  tour: TourPictures,
): Promise<Figure> =>
  tourFigure(tour, {
    name: `tour-${size.name}`,
    title: `Latent tour, ${trainingText(size)}`,
    manifold: 'M-flow',
    objects: [{ kind: 'points', size: 2, ...learned, range: RANGE, colourMap: viridis }],
    scene: {
      view: VIEWS[0],
      bounds: boxOf(points),
      axes: AXES,
      render: 'raster',
      colourLabel: 'log density',
    },
  });

function spaceFigure(
  size: LorenzSize,
  points: Points,
  learned: { readonly points: Points; readonly values: readonly number[] },
): Figure {
  const bounds = boxOf(points);
  const dots = { kind: 'points', size: points.rows > MANY ? 1 : 2 } as const;
  const panels = VIEWS.flatMap((view) => {
    const options = { view, bounds, height: 420, axes: AXES, render: 'raster' } as const;
    return [
      sceneFigure([{ ...dots, points, colour: [60, 75, 95], opacity: 0.5 }], { ...options, width: 430 }),
      sceneFigure([{ ...dots, ...learned, range: RANGE, colourMap: viridis }], {
        ...options,
        width: 430 + BAR,
        colourLabel: 'log density',
      }),
    ];
  });
  const dropped = points.rows - learned.values.length;
  return {
    name: `attractor-${size.name}`,
    title: `Lorenz attractor, ${trainingText(size)}`,
    caption:
      `${points.rows} points of 100 trajectories, ${SPACING} apart in time (left), and their projections to the learned manifold, coloured by log density on it from ${RANGE[0]} to ${RANGE[1]} (right); ` +
      `${dropped} of them with log densities below ${DROPPED} are left out. Coordinates are normalised as in training.`,
    svg: figureGrid(panels, { columns: 2, titles: ['data', 'M-flow', 'data', 'M-flow'] }),
  };
}

/** Where the points are in the chart, by the wing that they belong to. */
async function chartFigure(size: LorenzSize, points: Points, chart: Points): Promise<Figure> {
  const values = Float64Array.from({ length: points.rows }, (_, i) => points.data[3 * i]);
  return {
    name: `chart-${size.name}`,
    title: `Chart, ${trainingText(size)}`,
    caption:
      'The same points in the coordinates of the manifold, coloured by x0: both wings are in the one chart, and where colours are separated the wings are.',
    svg: await planeFigure(
      [{ kind: 'points', points: chart, values, range: [-2, 2], colourMap: viridis, size: 1.5 }],
      { width: 560, xLabel: 'u0', yLabel: 'u1', colourLabel: 'x0' },
    ),
  };
}

function boxOf({ data, rows }: Points): Box3 {
  const axis = (a: number): [number, number] => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = 0; i < rows; i++) {
      low = Math.min(low, data[3 * i + a]);
      high = Math.max(high, data[3 * i + a]);
    }
    return [low - 0.1, high + 0.1];
  };
  return [axis(0), axis(1), axis(2)];
}
