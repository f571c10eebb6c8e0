import type { Points } from '@ebim/datasets';
import type { EbimConfig } from '../config/schema.js';
import type { RunMetrics } from './run-metrics.js';

/** Largest mean distance of data to a learned manifold, as a share of their spread. */
const FAR = 0.1;

/**
 * What a reader must know before believing the numbers of a run: a manifold that is not there, not where the data are,
 * or not the expected one has scores and pictures too.
 */
export function metricWarnings(
  metrics: Omit<RunMetrics, 'warnings'>,
  config: EbimConfig,
  points: Points,
): string[] {
  const { topology, distance, manifold } = metrics;
  const warnings: string[] = [];
  if (topology?.crosses === false)
    warnings.push(
      'F does not change sign in the box: topology, volume and picture are of a level near zero, not of the zero set.',
    );
  if (topology?.asExpected === false)
    warnings.push(
      'The learned manifold does not have the expected topology; the scores are of a wrong manifold.',
    );
  else if (topology?.closed === false)
    warnings.push(
      'The learned manifold is open at the box: log partition and log density count the part inside only.',
    );
  const size = spread(points);
  if (distance.mean > FAR * size)
    warnings.push(
      `The learned manifold is not where the data are: on average ${percent(distance.mean / size)} of their spread away.`,
    );
  if (metrics.distanceFailed > 0)
    warnings.push(
      `No distance to the manifold was found for ${percent(metrics.distanceFailed)} of the data; they are left out.`,
    );
  if (metrics.projectionFailed > 0)
    warnings.push(
      `${percent(metrics.projectionFailed)} of the data could not be brought onto the manifold; the log density leaves them out.`,
    );
  if (metrics.coveringFailed > 0.5)
    warnings.push(
      `${percent(metrics.coveringFailed)} of the points projected onto the manifold did not reach it.`,
    );
  // Shortfalls of singular values are squared: a quarter is half of what was asked for.
  if (manifold['rank'] > config.manifold.minSingularValue ** 2 / 4)
    warnings.push(
      'F is flat where the data are: its Jacobian has less than half of manifold.minSingularValue. It may have collapsed.',
    );
  return warnings;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

/** Root mean square distance of points from their mean. */
function spread({ data, rows, columns }: Points): number {
  const mean = new Float64Array(columns);
  data.forEach((value, i) => (mean[i % columns] += value / rows));
  return Math.sqrt(data.reduce((sum, value, i) => sum + (value - mean[i % columns]) ** 2, 0) / rows);
}
