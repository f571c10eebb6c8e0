import { basename } from 'node:path';
import { readPoints, type Points } from '@ebim/datasets';
import { ConfigError } from '@ebim/runtime';
import { applyOverrides } from '../config/overrides.js';
import { ownPointsConfig } from '../definitions/own-points.js';
import { chooseCoordinates, type CoordinatesChoice } from './choose-coordinates.js';
import { toModel } from './coordinates.js';
import { estimateDimension, type EstimatedDimension } from './estimate-dimension.js';
import { readHeader } from './read-header.js';
import { settingsOf, type PlanOptions } from './plan-experiment.js';
import { runKeys } from './keys.js';
import type { LoadedPlan } from './plan.js';
import { splitData } from './split-data.js';

/** How a file of points is read and what is sought in it. */
export interface FitPlanOptions extends Omit<PlanOptions, 'profile'> {
  /**
   * Dimension of the manifold, at least 1 and less than the number of coordinates. Default: the setting
   * `manifoldDimension` in `set`, else estimated from the points.
   */
  readonly manifoldDimension?: number;
  /** Called with what the points say about the dimension, where it is estimated. */
  readonly onEstimate?: (estimate: EstimatedDimension) => void;
  /** Default `auto`: by the names of the columns, else `cartesian`. */
  readonly coordinates?: CoordinatesChoice;
  /** Default: found out. */
  readonly delimiter?: ',' | '\t' | ';' | ' ';
  /** By name or by index from 0. Default all. */
  readonly columns?: readonly (string | number)[];
}

/**
 * Decides everything about fitting an EBIM to the points of a file; writes nothing.
 *
 * @throws DataError as `readPoints` does, `bad-coordinates`; ConfigError `bad-manifold-dimension`, `bad-option`,
 *   `unclear-manifold-dimension`, …
 */
export async function planFit(path: string, options: FitPlanOptions): Promise<LoadedPlan> {
  const { fast = false, delimiter, columns } = options;
  const raw = await readPoints(path, {
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(columns === undefined ? {} : { columns }),
  });
  const names = await readHeader(path, { delimiter, columns });
  const { points: ordered, coordinates } = chooseCoordinates(raw, names, options.coordinates ?? 'auto', path);
  const given = options.manifoldDimension ?? dimensionSetting(options.set);
  if (given !== undefined) requireThinner(given, raw, coordinates.center.length);
  const all = toModel(ordered, coordinates);
  const manifoldDimension = given ?? estimated(all, options.onEstimate);
  const config = applyOverrides(ownPointsConfig(all, manifoldDimension, fast), settingsOf(options));
  requireThinner(config.manifoldDimension, raw, all.columns);
  if (config.bounds.lower.length !== all.columns)
    throw new ConfigError({
      code: 'bad-option',
      where: '--set: bounds',
      expected: `${all.columns} sides, one a coordinate`,
      received: String(config.bounds.lower.length),
    });
  const points = { ...all, rows: Math.min(config.data.count ?? all.rows, all.rows) };
  return {
    kind: 'fit',
    name: nameOf(path),
    title: `A density on a manifold of dimension ${config.manifoldDimension} in ${basename(path)}`,
    summary: `${points.rows} points, ${describe(coordinates.embedding, all.columns)}.`,
    profile: 'corrected',
    fast,
    config,
    coordinates,
    topology: null,
    published: null,
    views: [
      [25, 40],
      [25, 220],
    ],
    data: splitData(
      { points: { ...points, data: all.data.slice(0, points.rows * points.columns) }, groundTruth: null },
      config.data.split,
      runKeys(config.seed).split,
    ),
  };
}

/** The dimension that a setting gives; whether it is one is decided where settings are applied. */
function dimensionSetting(set: readonly string[] = []): number | undefined {
  const value = set.findLast((setting) => setting.startsWith('manifoldDimension='))?.split('=')[1];
  const dimension = Number(value);
  // Anything else gets its message where settings are applied, for which any dimension will do.
  return value === undefined ? undefined : Number.isInteger(dimension) ? dimension : 1;
}

function estimated(points: Points, onEstimate: FitPlanOptions['onEstimate']): number {
  const estimate = estimateDimension(points);
  onEstimate?.(estimate);
  return estimate.dimension;
}

function requireThinner(manifoldDimension: number, { columns }: Points, dimension: number): void {
  if (manifoldDimension >= 1 && manifoldDimension < dimension) return;
  throw new ConfigError({
    code: 'bad-manifold-dimension',
    where: '--manifold-dim',
    expected: `a whole number from 1 to ${dimension - 1}, below the ${dimension} coordinates of a point`,
    received: String(manifoldDimension),
    hint:
      columns === 2 && dimension === 2
        ? 'A curve in the plane has dimension 1. If the columns are latitudes and longitudes, or two angles, say ' +
          '--coordinates lat-lon or --coordinates angles, and a surface in space is learned.'
        : 'The manifold has to be thinner than the space around it.',
    details: { manifoldDimension, dimension },
  });
}

function describe(embedding: 'cartesian' | 'lat-lon' | 'angles', dimension: number): string {
  switch (embedding) {
    case 'cartesian':
      return `${dimension} coordinates each`;
    case 'lat-lon':
      return 'latitude and longitude put on the unit sphere';
    case 'angles':
      return 'two angles put on a torus';
  }
}

/** The file's name without folder and ending, fit for a folder's name. */
const nameOf = (path: string): string =>
  basename(path)
    .replace(/\.[^.]+$/, '')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[.-]+/, '') || 'points';
