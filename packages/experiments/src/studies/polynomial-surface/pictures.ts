import { polynomialSurface, pointsOf, type Points } from '@ebim/datasets';
import type { FlowModel } from '@ebim/flows';
import { logMeanExp } from '@ebim/metrics';
import { gridPoints, makeGrid, type Grid } from '@ebim/plots';
import type { TensorTree } from '@ebim/runtime';
import type { HostFlow } from '../../flow/host-flow.js';
import { tourPictures, type TourPictures } from '../../flow/tour-pictures.js';
import type { SurfaceRow } from './rows.js';

/** theta of the three pictures of a surface. */
export const PICTURED = [-1, 0, 1] as const;
/** The grid of the chart that is drawn (flow spec 5.7). */
export const CHART_GRID = makeGrid(
  [
    [-4, 4],
    [-4, 4],
  ],
  75,
);

/** What the figures show of one trained model; plain data. */
export interface SurfacePictures {
  /** The true surface projected to the learned one, with log densities at each of {@link PICTURED}. */
  readonly surface: { readonly points: Points; readonly logDensity: readonly Float64Array[] } | null;
  /** The true curve at x0 = 0 projected to the learned surface, and its log density at theta = 0. */
  readonly curve: { readonly points: Points; readonly logDensity: Float64Array } | null;
  /** Log density at theta = 0 in the plane x0 = 0 on {@link planeGrid}, of models with a density in the whole space. */
  readonly plane: Float64Array | null;
  /** At theta = 0, of M-flows; not where they fail, nor in what was stored before there were tours. */
  readonly tour?: TourPictures | undefined;
}

const surface = polynomialSurface();

/** The true surface over {@link CHART_GRID}. */
export const trueSurface = (): { points: Points; logDensity: Float64Array[] } => {
  const points = surface.embed(gridPoints(CHART_GRID));
  return { points, logDensity: PICTURED.map((theta) => surface.logDensity(points, [theta])) };
};

/** Points of the section of the surface with the plane x0 = 0, for x1 from -5 to 5, and their log densities at theta = 0. */
export function trueCurve(): { points: Points; logDensity: Float64Array } {
  const points: number[] = [];
  for (let i = 0; i <= 600; i++) {
    const z1 = -6 + (12 * i) / 600;
    let z0 = 0;
    // x0 is nearly z0: what is left of it is taken off again and again.
    for (let step = 0; step < 50; step++) z0 -= surface.embed(pointsOf(Float64Array.of(z0, z1), 2)).data[0];
    const { data } = surface.embed(pointsOf(Float64Array.of(z0, z1), 2));
    if (Math.abs(data[1]) <= 5 && Math.abs(data[0]) < 1e-6) points.push(...data);
  }
  const curve = pointsOf(Float64Array.from(points), 3);
  return { points: curve, logDensity: surface.logDensity(curve, [0]) };
}

/** The part of the plane x0 = 0 that is drawn: x1 and x2. */
export function planeGrid(): Grid {
  const { data, rows } = trueCurve().points;
  const heights = Array.from({ length: rows }, (_, i) => data[3 * i + 2]);
  return makeGrid(
    [
      [-5, 5],
      [Math.min(...heights) - 0.7, Math.max(...heights) + 0.7],
    ],
    [161, 101],
  );
}

/** Logarithm of the mean density of each cell of {@link planeGrid}, in the plane x0 = 0 at theta = 0. */
async function planeDensity(flow: HostFlow, heights: number): Promise<Float64Array> {
  const grid = planeGrid();
  const { data, rows } = gridPoints(grid);
  const [low, high] = grid.bounds[1];
  const cell = (high - low) / (grid.resolution[1] - 1);
  const inSpace = new Float64Array(3 * heights * rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < heights; j++)
      inSpace.set(
        [0, data[2 * i], data[2 * i + 1] + cell * ((j + 0.5) / heights - 0.5)],
        3 * (i * heights + j),
      );
  const values = await flow.logDensity(pointsOf(inSpace, 3), { theta: [0] });
  return Float64Array.from(
    { length: rows },
    (_, i) => logMeanExp(values.subarray(i * heights, (i + 1) * heights).filter(Number.isFinite)).value,
  );
}

/**
 * Evaluates one trained model for the figures. Cells of {@link planeGrid} are looked at in several heights, as sheets of a good
 * ambient flow are thinner than cells.
 */
export async function picturesOf<P extends TensorTree>(
  { model: name }: SurfaceRow,
  model: FlowModel<P>,
  params: P,
  flow: HostFlow,
  { test, heights }: { readonly test: Points; readonly heights: number },
): Promise<SurfacePictures> {
  if (name === 'probabilisticAutoencoder') return { surface: null, curve: null, plane: null };
  if (name === 'mFlow' || name === 'mFlowWithEncoder') {
    const { points } = trueSurface();
    const logDensity: Float64Array[] = [];
    for (const theta of PICTURED) logDensity.push(await flow.logDensity(points, { theta: [theta] }));
    const curve = trueCurve().points;
    return {
      surface: { points: await flow.project(points, [0]), logDensity },
      curve: {
        points: await flow.project(curve, [0]),
        logDensity: await flow.logDensity(curve, { theta: [0] }),
      },
      plane: null,
      tour: await tourPictures(model, params, test, [0]),
    };
  }
  return { surface: null, curve: null, plane: await planeDensity(flow, heights) };
}
