import { lorenzAttractor, pointsOf, type Points } from '@ebim/datasets';
import type { HostFlow } from '../../flow/host-flow.js';
import type { TourPictures } from '../../flow/tour-pictures.js';
import { SPACING } from './sizes.js';

/** What the figures show of one trained model; plain data, one row for each point of {@link trajectoryPoints}. */
export interface LorenzPictures {
  readonly projections: Points;
  readonly logDensity: Float64Array;
  /** Coordinates on the manifold before the inner flow, `[rows, 2]`. */
  readonly chart: Points;
  /** Not where the model fails, nor in what was stored before there were tours. */
  readonly tour?: TourPictures | undefined;
}

/** `count` points of each of the 100 trajectories, trajectory by trajectory. */
export function trajectoryPoints(count: number): Points {
  const tables = lorenzAttractor().trajectories(count, SPACING);
  const data = new Float64Array(tables.length * 3 * count);
  tables.forEach((table, i) => data.set(table.data, i * 3 * count));
  return pointsOf(data, 3);
}

/** Evaluates one trained model for the figures, but the tour. */
export async function lorenzPictures(flow: HostFlow, points: Points): Promise<LorenzPictures> {
  const coordinates = await flow.coordinates(points);
  const chart = new Float64Array(2 * points.rows);
  for (let i = 0; i < points.rows; i++) chart.set(coordinates.data.subarray(3 * i, 3 * i + 2), 2 * i);
  return {
    projections: await flow.project(points),
    logDensity: await flow.logDensity(points),
    chart: pointsOf(chart, 2),
  };
}
