import { ConfigError, DataError, key as keyOf, type Key } from '@ebim/runtime';
import { checkPoints, type Points } from '../points.js';
import { distinctRows, neighbourDistances } from './neighbour-distances.js';

/** An estimate of the dimension of data. */
export interface DimensionEstimate {
  readonly value: number;
  /** Of independent neighbourhoods: the statistical error without the bias of finite samples. */
  readonly standardError: number;
  /** Distinct points that it rests on. */
  readonly points: number;
}

/** Options of {@link maximumLikelihoodDimension}. */
export interface MaximumLikelihoodDimensionOptions {
  /** Neighbours k. Default 10. */
  readonly neighbours?: number;
}

/** Share of the largest ratios of which only is used that they are large: outliers sit there. */
const CENSORED = 0.1;

/** Any key: it only decides the order of rows, which does not matter here. */
const ORDER: Key = keyOf(0);

/**
 * Dimension by two nearest neighbours (Facco et al. 2017): where the density is constant over a neighbourhood, the ratio
 * of the distances to the second and to the first neighbour is Pareto with the dimension as its exponent, which is
 * estimated by maximum likelihood with the largest tenth censored. Repeated points count once.
 *
 * It sees the finest scale of the data: noise that is larger than the spacing of points counts as dimensions.
 *
 * @throws DataError `too-few-points`, `not-finite`
 * @example
 * ```ts
 * import { key, uniformArray } from '@ebim/runtime';
 * import { twoNearestNeighbours } from '@ebim/metrics';
 * const angles = uniformArray(key(0), 500).map((u) => 2 * Math.PI * u);
 * const data = new Float64Array(1000).map((_, i) => (i % 2 === 0 ? Math.cos(angles[i >> 1]) : Math.sin(angles[i >> 1])));
 * console.log(twoNearestNeighbours({ data, rows: 500, columns: 2 }).value.toFixed(0)); // 1
 * ```
 */
export function twoNearestNeighbours(points: Points): DimensionEstimate {
  return estimatesOf([usable(points, 3, 'twoNearestNeighbours')], 2).twoNearestNeighbours;
}

/**
 * Dimension by maximum likelihood (Levina and Bickel 2005, pooled as by MacKay and Ghahramani): the inverse of the mean
 * of `log(r_k / r_j)` over the points and their neighbours j < k. Repeated points count once. From about 5 dimensions on
 * it is too small, as too few points have neighbours on all sides.
 *
 * @throws DataError `too-few-points`, `not-finite`; ConfigError `bad-option`
 */
export function maximumLikelihoodDimension(
  points: Points,
  options: MaximumLikelihoodDimensionOptions = {},
): DimensionEstimate {
  const { neighbours = 10 } = options;
  const where = 'maximumLikelihoodDimension';
  if (!Number.isInteger(neighbours) || neighbours < 2)
    throw new ConfigError({
      code: 'bad-option',
      where: `${where}({ neighbours })`,
      expected: 'a whole number >= 2',
      received: String(neighbours),
    });
  return estimatesOf([usable(points, neighbours + 1, where)], neighbours).maximumLikelihood;
}

/** Both estimates. */
export interface DimensionEstimates {
  readonly twoNearestNeighbours: DimensionEstimate;
  readonly maximumLikelihood: DimensionEstimate;
}

/** Both estimates from neighbours within each of the blocks, pooled. */
export function estimatesOf(blocks: readonly Points[], neighbours: number): DimensionEstimates {
  const k = Math.max(2, neighbours);
  const ratios: number[] = [];
  let [logs, count] = [0, 0];
  for (const block of blocks) {
    const distances = neighbourDistances(
      block,
      Array.from({ length: block.rows }, (_, i) => i),
      k,
    );
    for (let i = 0; i < block.rows; i++) {
      const nearest = distances.subarray(i * k, (i + 1) * k);
      ratios.push(Math.log(nearest[1] / nearest[0]));
      for (let j = 0; j < k - 1; j++) logs += Math.log(nearest[k - 1] / nearest[j]);
      count++;
    }
  }
  const likely = (count * (k - 1)) / logs;
  return {
    twoNearestNeighbours: censoredPareto(ratios),
    // Neighbourhoods overlap: of the k - 1 numbers of each point, about half are worth an independent one.
    maximumLikelihood: {
      value: likely,
      standardError: likely / Math.sqrt((count * (k - 1)) / 2),
      points: count,
    },
  };
}

/** Maximum likelihood of an exponential rate when the largest values are only known to be larger. */
function censoredPareto(logRatios: readonly number[]): DimensionEstimate {
  const sorted = Float64Array.from(logRatios).sort();
  const count = sorted.length;
  const seen = Math.max(1, Math.ceil((1 - CENSORED) * count));
  let sum = (count - seen) * sorted[seen - 1];
  for (let i = 0; i < seen; i++) sum += sorted[i];
  const value = seen / sum;
  return { value, standardError: value / Math.sqrt(seen), points: count };
}

/** Options of {@link usable}. */
interface UsableOptions {
  readonly order?: Key;
  readonly most?: number;
}

/** Distinct points. @throws DataError unless there are enough, all finite */
export function usable(points: Points, least: number, where: string, options: UsableOptions = {}): Points {
  const { order = ORDER, most } = options;
  checkPoints(points, where);
  const bad = points.data.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1)
    throw new DataError({
      code: 'not-finite',
      where,
      expected: 'finite coordinates',
      received: `${points.data[bad]} in row ${Math.floor(bad / points.columns)}`,
    });
  const distinct = distinctRows(points, order, most);
  if (distinct.rows < least)
    throw new DataError({
      code: 'too-few-points',
      where,
      expected: `${least} distinct points or more`,
      received: `${distinct.rows} of ${points.rows} rows`,
      hint: 'A dimension is seen in the distances of many neighbours.',
    });
  return distinct;
}
