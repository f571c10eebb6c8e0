import type { Points } from '@ebim/datasets';
import { estimateManifoldDimension, type DimensionAtScale, type ManifoldDimension } from '@ebim/metrics';
import { ConfigError, EbimError } from '@ebim/runtime';

/** A dimension found from points, and on what grounds. */
export interface EstimatedDimension {
  readonly dimension: number;
  /** In a sentence: what was estimated, and why it was taken. */
  readonly reason: string;
  /** By two nearest neighbours (Facco et al. 2017). */
  readonly twoNearestNeighbours: number;
  /** By maximum likelihood (Levina and Bickel 2005). */
  readonly maximumLikelihood: number;
}

const HINT =
  'Say it with --manifold-dim <m>: 1 for curves, 2 for surfaces. Distances between points tell it only where there are ' +
  'many points and little noise.';

/**
 * The dimension of the manifold under points, if its two estimates agree.
 *
 * @param points `[rows, n]` in the coordinates of the model
 * @throws ConfigError `unclear-manifold-dimension` with both estimates
 */
export function estimateDimension(points: Points): EstimatedDimension {
  const result = attempt(points);
  const { dimension, decidedBy, scales } = result;
  if (dimension === null || decidedBy === null) {
    throw new ConfigError({
      code: 'unclear-manifold-dimension',
      where: '--manifold-dim',
      expected: `the dimension of the manifold, which the points do not tell`,
      received: `${described(scales[0])}${why(scales, points.columns)}`,
      hint: HINT,
      details: { scales: scales.map(numbers), coordinates: points.columns },
    });
  }
  const scale = scales[decidedBy];
  const noise =
    decidedBy === 0
      ? ''
      : `, among every ${scale.blockSize} points, where distances are larger than the noise (${described(scales[0])} among all)`;
  return {
    dimension,
    reason: `Dimension of the manifold: ${dimension}, as estimated from the points (${described(scale)}${noise}). Another one: --manifold-dim <m>.`,
    twoNearestNeighbours: scale.twoNearestNeighbours.value,
    maximumLikelihood: scale.maximumLikelihood.value,
  };
}

function attempt(points: Points): ManifoldDimension {
  try {
    return estimateManifoldDimension(points);
  } catch (cause) {
    if (!EbimError.isInstance(cause) || cause.code !== 'too-few-points') throw cause;
    throw new ConfigError({
      code: 'unclear-manifold-dimension',
      where: '--manifold-dim',
      expected: 'the dimension of the manifold, which so few points do not tell',
      received: `${cause.received}, not ${cause.expected}`,
      hint: HINT,
      cause,
    });
  }
}

/** Why there is no answer. */
function why(scales: readonly DimensionAtScale[], coordinates: number): string {
  const last = scales[scales.length - 1].candidates;
  if (last.length > 1) return `, which may be ${last.join(' or ')} with so few points`;
  if (scales.some(({ candidates }) => candidates[0] >= coordinates))
    return `: the points fill the space of their ${coordinates} coordinates, or noise does`;
  return ', which do not agree on a whole number';
}

const described = ({ twoNearestNeighbours: two, maximumLikelihood: likely }: DimensionAtScale): string =>
  `${two.value.toFixed(2)} by two nearest neighbours and ${likely.value.toFixed(2)} by maximum likelihood`;

const numbers = ({ blockSize, twoNearestNeighbours, maximumLikelihood, candidates }: DimensionAtScale) => ({
  blockSize,
  twoNearestNeighbours: twoNearestNeighbours.value,
  maximumLikelihood: maximumLikelihood.value,
  candidates,
});
