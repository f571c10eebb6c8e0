import { takeRows, type Points } from '@ebim/datasets';
import {
  wassersteinDiscretised,
  wassersteinScores,
  type TransportReference,
  type WassersteinScores,
} from '@ebim/metrics';
import type { EbimConfig } from '../config/schema.js';
import type { ExperimentData } from '../definitions/experiment.js';
import type { LevelSet } from './level-set.js';
import type { Scores } from './run-metrics.js';

/** A density on the learned manifold: points that cover it and the (unnormalised) density at each. */
export interface CoveringDensity {
  readonly points: Points;
  readonly density: Float64Array;
}

/** The places and cells that densities are compared on; `null` in other dimensions than 2 and 3. */
export function wassersteinSetting(config: EbimConfig, data: ExperimentData): WassersteinSetting | null {
  const { groundTruth } = data;
  const againstPoints = pointsSetting(config, data.points);
  if (againstPoints === null || groundTruth === null) return againstPoints;
  return { ...againstPoints, reference: { kind: 'density', ...groundTruth }, anchor: 'corner' };
}

/** The same against points, whatever is known of their density. */
export function pointsSetting(config: EbimConfig, points: Points): WassersteinSetting | null {
  const { box, ticks, referencePoints, reference } = config.evaluation;
  if (points.columns !== 2 && points.columns !== 3) return null;
  const grid = { lower: box.lower, upper: box.upper, ticks };
  const even = evenRows(points, referencePoints);
  return {
    grid,
    reference: { kind: 'points', points: reference === 'cells' ? cellCentres(even, grid) : even },
    anchor: 'centre',
  };
}

/** Every point moved to the centre of its cell; what lies outside the box, to the nearest cell. */
function cellCentres(points: Points, { lower, upper, ticks }: WassersteinSetting['grid']): Points {
  const { columns } = points;
  const data = points.data.map((value, i) => {
    const axis = i % columns;
    const width = (upper[axis] - lower[axis]) / (ticks - 1);
    const cell = Math.min(ticks - 2, Math.max(0, Math.floor((value - lower[axis]) / width)));
    return lower[axis] + (cell + 0.5) * width;
  });
  return { ...points, data };
}

/** What a score compares with: the exact density in the plane, the training points in space (spec 1.15). */
export interface WassersteinSetting {
  readonly grid: {
    readonly lower: readonly number[];
    readonly upper: readonly number[];
    readonly ticks: number;
  };
  readonly reference: TransportReference;
  readonly anchor: 'corner' | 'centre';
}

/** The published number alone: W2 squared over the squared largest distance, cells weighted alike. */
export function publishedScore(setting: WassersteinSetting, covering: CoveringDensity): number {
  const { reference, ...options } = setting;
  return wassersteinDiscretised(covering, reference, {
    ...options,
    area: 'equal',
    metric: 'sqeuclidean',
    normalise: true,
  }).value;
}

/**
 * Scores a density under the published protocol and by true W1.
 *
 * @param levelSet with the density at the middles of its elements, for the score by area
 */
export function scoreDensity(
  setting: WassersteinSetting,
  covering: CoveringDensity,
  levelSet: { readonly set: LevelSet; readonly density: Float64Array } | null,
): Scores {
  const { reference, grid, anchor } = setting;
  const { published, w1, w1Relative } = wassersteinScores(covering, reference, {
    grid,
    anchor,
    area: 'equal',
  });
  const byArea = levelSet === null ? null : scoreByArea(setting, levelSet);
  return {
    published,
    w1,
    w1Relative,
    publishedByArea: byArea?.published ?? null,
    w1ByArea: byArea?.w1 ?? null,
    w1ByAreaRelative: byArea?.w1Relative ?? null,
  };
}

const scoreByArea = (
  setting: WassersteinSetting,
  { set, density }: { readonly set: LevelSet; readonly density: Float64Array },
): WassersteinScores =>
  massScores(
    setting,
    set.centres,
    density.map((value, i) => value * set.elements[i]),
  );

/**
 * Scores of point masses that are close together beside the cells: the mass of a cell is what the measure has in it;
 * of an exact density, by its points, which cover the true manifold evenly (spec D46).
 */
export function massScores(
  { reference, grid, anchor }: WassersteinSetting,
  points: Points,
  mass: Float64Array,
): WassersteinScores {
  const cells = collectByCell(points, mass, grid);
  return wassersteinScores(
    { points: cells.points, density: cells.mass },
    reference.kind === 'density' ? { ...reference, area: 'counted' } : reference,
    { grid, anchor, area: 'equal' },
  );
}

/** Sums masses of points by cell; one point a cell, so that a mean over a cell's points is its sum. */
function collectByCell(
  points: Points,
  mass: Float64Array,
  grid: WassersteinSetting['grid'],
): { points: Points; mass: Float64Array } {
  const cells = new Map<string, { first: number; sum: number }>();
  for (let i = 0; i < points.rows; i++) {
    const place = grid.lower
      .map((low, d) => {
        const width = (grid.upper[d] - low) / (grid.ticks - 1);
        return Math.floor((points.data[i * points.columns + d] - low) / width);
      })
      .join();
    const cell = cells.get(place);
    if (cell === undefined) cells.set(place, { first: i, sum: mass[i] });
    else cell.sum += mass[i];
  }
  const chosen = [...cells.values()];
  const data = new Float64Array(chosen.length * points.columns);
  chosen.forEach(({ first }, i) => {
    data.set(points.data.subarray(first * points.columns, (first + 1) * points.columns), i * points.columns);
  });
  return {
    points: { data, rows: chosen.length, columns: points.columns },
    mass: Float64Array.from(chosen, ({ sum }) => sum),
  };
}

/** So many rows at even distances, or all: the first ones would be a region or a year of a file that is sorted. */
export function evenRows(points: Points, count: number): Points {
  if (count >= points.rows) return points;
  return takeRows(
    points,
    Array.from({ length: count }, (_, i) => Math.floor((i * points.rows) / count)),
  );
}
