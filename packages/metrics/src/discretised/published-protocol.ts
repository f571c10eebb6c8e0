import type { CellGrid } from './cell-grid.js';
import type { DensityPoints } from './cell-histogram.js';
import {
  wassersteinDiscretised,
  type TransportReference,
  type WassersteinOptions,
  type WassersteinResult,
} from './wasserstein-discretised.js';

/** A box, one bound for each coordinate. */
export type Box = Pick<CellGrid, 'lower' | 'upper'>;

/**
 * The protocol of the paper's Table 1 in the plane, as the reference implementation runs it: 100 ticks (99 cells)
 * along each axis, lower-left corners, squared distance over its maximum. Compare with a reference of kind
 * `density` made of 500 ground-truth points.
 */
export function publishedProtocol2d(box: Box): WassersteinOptions {
  const grid = { lower: box.lower, upper: box.upper, ticks: 100 };
  return { grid, anchor: 'corner', area: 'equal', metric: 'sqeuclidean', normalise: true };
}

/**
 * The protocol of the paper's Table 1 in space, as the reference implementation runs it: 30 ticks (29 cells) along
 * each axis, cell centres, squared distance over its maximum. Compare with a reference of kind `points`: the
 * training points as they are.
 */
export function publishedProtocol3d(box: Box): WassersteinOptions {
  const grid = { lower: box.lower, upper: box.upper, ticks: 30 };
  return { grid, anchor: 'centre', area: 'equal', metric: 'sqeuclidean', normalise: true };
}

/** The published number and the distance that its name promises. */
export interface WassersteinScores {
  /** W2^2 / D^2: what Table 1 reports as "Wasserstein-1". */
  readonly published: number;
  /** W1 in the units of the space. */
  readonly w1: number;
  /** W1 / D. */
  readonly w1Relative: number;
  /** D: the largest distance of the protocol. */
  readonly diameter: number;
  /** Both solutions, with their certificates. */
  readonly details: { readonly squared: WassersteinResult; readonly euclidean: WassersteinResult };
}

/**
 * Scores a model under a protocol and, on the same cells, by true W1. Under `area: 'equal'` all occupied cells
 * count the same (spec D46); override it with uniform points on the manifold for an honest measure.
 *
 * @param protocol `publishedProtocol2d(box)`, `publishedProtocol3d(box)`, or a variation of one
 * @throws the errors of `wassersteinDiscretised`
 */
export function wassersteinScores(
  model: DensityPoints,
  reference: TransportReference,
  protocol: WassersteinOptions,
): WassersteinScores {
  const squared = wassersteinDiscretised(model, reference, {
    ...protocol,
    metric: 'sqeuclidean',
    normalise: true,
  });
  const euclidean = wassersteinDiscretised(model, reference, {
    ...protocol,
    metric: 'euclidean',
    normalise: false,
  });
  const diameter = euclidean.largestCost;
  return {
    published: squared.value,
    w1: euclidean.value,
    w1Relative: euclidean.value / diameter,
    diameter,
    details: { squared, euclidean },
  };
}
