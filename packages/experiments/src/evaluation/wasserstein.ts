import type { Points } from '@ebim/datasets';
import { wassersteinDiscretised, wassersteinScores, type TransportReference } from '@ebim/metrics';
import type { EbimConfig } from '../config/schema.js';
import type { ExperimentData } from '../definitions/experiment.js';
import type { LevelSet } from './level-set.js';
import type { Scores } from './run-metrics.js';

/** A density on the learned manifold: points that cover it and the (unnormalised) density at each. */
export interface CoveringDensity {
  readonly points: Points;
  readonly density: Float64Array;
}

/**
 * Scores a density under the published protocol and by true W1 (spec 1.15): in the plane against the exact density on
 * the true manifold, in space against the training points. `null` in other dimensions, where no protocol exists.
 *
 * @param onLevelSet the density at the middles of the level set's elements, for the score by area
 */
export function scoreDensity(
  config: EbimConfig,
  data: ExperimentData,
  covering: CoveringDensity,
  levelSet: LevelSet | null,
  onLevelSet: Float64Array | null,
): Scores | null {
  const { box, ticks, referencePoints } = config.evaluation;
  const n = covering.points.columns;
  if (n !== 2 && n !== 3) return null;
  const grid = { lower: box.lower, upper: box.upper, ticks };
  const reference: TransportReference =
    data.groundTruth === null
      ? { kind: 'points', points: firstRows(data.points, referencePoints) }
      : { kind: 'density', ...data.groundTruth };
  const anchor = data.groundTruth === null ? 'centre' : 'corner';
  const { published, w1, w1Relative } = wassersteinScores(covering, reference, {
    grid,
    anchor,
    area: 'equal',
  });
  return { published, w1, w1Relative, w1ByArea: scoreByArea() };

  /** Mass of a cell = integral of the density over the manifold in it, with the elements of the mesh. */
  function scoreByArea(): number | null {
    if (levelSet === null || onLevelSet === null) return null;
    const mass = onLevelSet.map((density, i) => density * levelSet.elements[i]);
    const cells = collectByCell(levelSet.centres, mass, grid);
    return wassersteinDiscretised({ points: cells.points, density: cells.mass }, reference, {
      grid,
      anchor,
      area: 'equal',
      metric: 'euclidean',
    }).value;
  }
}

/** Sums masses of points by cell; one point a cell, so that a mean over a cell's points is its sum. */
function collectByCell(
  points: Points,
  mass: Float64Array,
  grid: { readonly lower: readonly number[]; readonly upper: readonly number[]; readonly ticks: number },
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

/** The first rows, or all. */
export function firstRows(points: Points, count: number): Points {
  const rows = Math.min(count, points.rows);
  return { data: points.data.slice(0, rows * points.columns), rows, columns: points.columns };
}
