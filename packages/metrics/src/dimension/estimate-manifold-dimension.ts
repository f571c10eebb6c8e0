import { foldIn, key as keyOf, normalArray, uniformArray, type Key } from '@ebim/runtime';
import type { Points } from '../points.js';
import { estimatesOf, usable, type DimensionEstimates } from './estimators.js';

/** Options of {@link estimateManifoldDimension}. */
export interface EstimateManifoldDimensionOptions {
  /** Decides which points are taken of many, and the points of comparison. Default `key(0)`. */
  readonly key?: Key;
  /** Neighbours of the maximum likelihood estimate. Default 10. */
  readonly neighbours?: number;
  /** Points that are used at most; the time grows with their square. Default 2000. */
  readonly maxPoints?: number;
}

/** The estimates among a share of the points: the fewer, the larger the distances that are looked at. */
export interface DimensionAtScale extends DimensionEstimates {
  /** Points of each of the blocks among which neighbours are sought. */
  readonly blockSize: number;
  /** Dimensions that agree with both estimates, rising. */
  readonly candidates: readonly number[];
}

/** What the data say about their dimension. */
export interface ManifoldDimension {
  /** The one dimension, below that of the space, which both estimates mean; `null` if there is none. */
  readonly dimension: number | null;
  /** Place of the deciding scale in `scales`; `null` if there is none. */
  readonly decidedBy: number | null;
  /** From the finest scale, of all points, to coarser ones; ends where the dimension is clear. */
  readonly scales: readonly DimensionAtScale[];
}

/** Fewest points of a block. */
const LEAST = 125;

/** Blocks shrink by this factor from scale to scale. */
const COARSER = 2;

/** How much closer a dimension has to be to an estimate than another one to rule that out, beside two standard errors. */
const MARGIN = 0.1;

/** Farthest that an estimate may be from what points of that dimension give. */
const FARTHEST = 0.5;

/**
 * Estimates the dimension of the manifold that points lie on or near, from the points alone.
 *
 * `twoNearestNeighbours` and `maximumLikelihoodDimension` are computed, and compared with what as many points of a known
 * dimension give, uniform in a cube (many of them near an edge) and normal (none): both estimates are too small in high
 * dimensions, and this tells by how much. A dimension is a candidate of an estimate if no other one is clearly closer. If
 * exactly one dimension is a candidate of both and less than that of the space, it is the answer. If none is, the points
 * are divided into blocks, whose neighbours are farther apart, until noise is smaller than their distance. If several
 * are, there is no answer.
 *
 * @param points `[rows, d]`
 * @throws DataError `too-few-points` for less than 125 distinct points, `not-finite`
 * @example
 * ```ts
 * import { key, normalArray } from '@ebim/runtime';
 * import { estimateManifoldDimension } from '@ebim/metrics';
 * const normal = normalArray(key(0), 3000);
 * const data = normal.map((x, i) => x / Math.hypot(...normal.subarray(i - (i % 3), i - (i % 3) + 3)));
 * console.log(estimateManifoldDimension({ data, rows: 1000, columns: 3 }).dimension); // 2
 * ```
 */
export function estimateManifoldDimension(
  points: Points,
  options: EstimateManifoldDimensionOptions = {},
): ManifoldDimension {
  const { key = keyOf(0), neighbours = 10, maxPoints = 2000 } = options;
  const most = Math.max(LEAST, maxPoints);
  const used = usable(points, LEAST, 'estimateManifoldDimension', { order: foldIn(key, 0), most });
  const scales: DimensionAtScale[] = [];
  for (let blockSize = used.rows; blockSize >= LEAST; blockSize = Math.floor(blockSize / COARSER)) {
    const scale = atScale(used, blockSize, neighbours, key);
    scales.push(scale);
    const [dimension, ...others] = scale.candidates;
    // Points are too few to tell several dimensions apart; fewer would only do so by chance.
    if (others.length > 0) break;
    if (dimension !== undefined && dimension < points.columns)
      return { dimension, decidedBy: scales.length - 1, scales };
  }
  return { dimension: null, decidedBy: null, scales };
}

function atScale(points: Points, blockSize: number, neighbours: number, key: Key): DimensionAtScale {
  const estimates = estimatesOf(blocksOf(points, blockSize), neighbours);
  const { twoNearestNeighbours: two, maximumLikelihood: likely } = estimates;
  const highest = Math.ceil(Math.max(two.value, likely.value)) + 2;
  const lowest = Math.max(1, Math.floor(Math.min(two.value, likely.value)) - 1);
  const dimensions = Array.from({ length: Math.min(40, highest) - lowest + 1 }, (_, i) => lowest + i);
  const references = dimensions.map((m) => comparisons(m, blockSize, neighbours, foldIn(key, m)));
  const candidates = (name: keyof DimensionEstimates): Set<number> => {
    const { value, standardError } = estimates[name];
    const distances = references.map((both) => {
      const values = both.map((estimate) => estimate[name].value);
      return Math.max(0, Math.min(...values) - value, value - Math.max(...values));
    });
    const closest = Math.min(...distances);
    const limit = Math.min(FARTHEST, closest + MARGIN + 2 * standardError);
    return new Set(dimensions.filter((_, i) => distances[i] <= limit));
  };
  const byLikelihood = candidates('maximumLikelihood');
  return {
    ...estimates,
    blockSize,
    candidates: [...candidates('twoNearestNeighbours')].filter((m) => byLikelihood.has(m)),
  };
}

/** Disjoint blocks of equal size; the points are in a random order. */
function blocksOf({ data, rows, columns }: Points, size: number): Points[] {
  return Array.from({ length: Math.floor(rows / size) }, (_, b) => ({
    data: data.subarray(b * size * columns, (b + 1) * size * columns),
    rows: size,
    columns,
  }));
}

/** The estimates of points of a known dimension, in blocks of the same size. */
function comparisons(
  dimension: number,
  blockSize: number,
  neighbours: number,
  key: Key,
): DimensionEstimates[] {
  // Small blocks are repeated, so that the comparison is less noisy than what is compared.
  const blocks = Math.max(1, Math.ceil(1000 / blockSize));
  return [uniformArray, normalArray].map((draw, shape) => {
    const data = draw(foldIn(key, shape), blocks * blockSize * dimension);
    return estimatesOf(
      blocksOf({ data, rows: blocks * blockSize, columns: dimension }, blockSize),
      neighbours,
    );
  });
}
