import { firstRows, takeRows, type Points } from '@ebim/datasets';
import {
  figureGrid,
  gridPoints,
  planeFigure,
  viridis,
  type PlaneCurve,
  type PlaneLayer,
  type PlaneOptions,
  type Rgb,
} from '@ebim/plots';
import type { Figure } from '../../report/report-input.js';
import { CIRCLE } from './measure.js';
import { PLANE_BOUNDS, planeGrid, type CirclePictures } from './pictures.js';

/** A trained model and what it looks like. */
export interface PicturedModel {
  readonly title: string;
  readonly pictures: CirclePictures;
}

/** Log densities that colours stand for (flow spec 5.6): by area, and by length. */
const AREA_RANGE = [-6, 1.5] as const;
const LENGTH_RANGE = [-5, -0.5] as const;

const DATA: Rgb = [190, 194, 199];
const CURVE: Rgb = [8, 104, 172];
const SAMPLE: Rgb = [217, 95, 2];
const SHOWN = 400;

const OPTIONS: PlaneOptions = { bounds: PLANE_BOUNDS, width: 400, xLabel: 'x0', yLabel: 'x1' };

/** Log densities in the plane and along curves, and the curves and samples over the data. */
export async function circleFigures(
  models: readonly PicturedModel[],
  { data, size }: { readonly data: Points; readonly size: number },
): Promise<Figure[]> {
  const shown = firstRows(data, SHOWN);
  return [
    await densitiesFigure(models, shown, size),
    ...(models.length === 0 ? [] : [await curvesFigure(models, shown)]),
  ];
}

const dots = (points: Points, colour: Rgb, size: number): PlaneLayer => ({
  kind: 'points',
  points,
  size,
  colour,
});

/** The points joined in their order. */
const joined = ({ data, rows }: Points): PlaneCurve['curve'] => ({
  vertices: data,
  edges: Uint32Array.from({ length: 2 * (rows - 1) }, (_, i) => Math.floor((i + 1) / 2)),
});

/** The points within the square: far ones overflow what draws the picture. */
const within = (points: Points): Points =>
  takeRows(
    points,
    Array.from({ length: points.rows }, (_, i) => i).filter((i) =>
      PLANE_BOUNDS.every(([low, high], axis) => {
        const value = points.data[2 * i + axis];
        return value >= low && value <= high;
      }),
    ),
  );

async function densitiesFigure(
  models: readonly PicturedModel[],
  data: Points,
  size: number,
): Promise<Figure> {
  const grid = planeGrid(size);
  const heat = (values: Float64Array) =>
    // Where a density is no number it has the colour of none.
    planeFigure(
      [
        {
          kind: 'heatMap',
          grid,
          values: values.map((value) => (Number.isNaN(value) ? -Infinity : value)),
          range: AREA_RANGE,
          colourMap: viridis,
        },
      ],
      { ...OPTIONS, colourLabel: 'log density by area' },
    );
  const along = (points: Points, values: Float64Array) =>
    planeFigure(
      [
        dots(data, DATA, 7),
        { kind: 'curve', curve: joined(points), values, range: LENGTH_RANGE, colourMap: viridis, width: 4 },
      ],
      { ...OPTIONS, colourLabel: 'log density by length' },
    );
  const panels = [
    { title: 'True density', svg: await heat(CIRCLE.logDensity(gridPoints(grid))) },
    ...(await Promise.all(
      models.flatMap(({ title, pictures: { plane } }) =>
        plane === null ? [] : [heat(plane).then((svg) => ({ title, svg }))],
      ),
    )),
    ...(await Promise.all(
      models.flatMap(({ title, pictures: { curve } }) =>
        curve?.logDensity == null
          ? []
          : [along(curve.points, curve.logDensity).then((svg) => ({ title, svg }))],
      ),
    )),
  ];
  return {
    name: 'densities',
    title: 'True and learned densities',
    caption:
      'Densities in the plane, then those along the curves of models that have one there, over the data (grey). Densities by area and by length have different units and colours.',
    svg: figureGrid(
      panels.map(({ svg }) => svg),
      { columns: Math.min(3, panels.length), titles: panels.map(({ title }) => title) },
    ),
  };
}

async function curvesFigure(models: readonly PicturedModel[], data: Points): Promise<Figure> {
  const svgs = await Promise.all(
    models.map(({ pictures: { curve, samples } }) =>
      planeFigure(
        [
          dots(data, DATA, 5),
          ...(curve === null
            ? []
            : [{ kind: 'curve' as const, curve: joined(curve.points), colour: CURVE, width: 2 }]),
          dots(within(samples), SAMPLE, 2.5),
        ],
        { ...OPTIONS, width: 340 },
      ),
    ),
  );
  return {
    name: 'curves',
    title: 'Learned curves and samples',
    caption:
      'Data (grey), the learned curve as far as the data reach along it (blue), and samples of the model (orange; of PIE on its curve) as far as they lie in the square.',
    svg: figureGrid(svgs, {
      columns: Math.min(4, svgs.length),
      titles: models.map(({ title }) => title),
    }),
  };
}
