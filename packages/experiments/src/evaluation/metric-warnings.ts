import type { Points } from '@ebim/datasets';
import type { EbimConfig } from '../config/schema.js';
import { pointSpread } from './point-spread.js';
import type { PartialMetrics } from './run-metrics.js';

/** Largest mean distance of data to a learned manifold, as a share of their spread. */
const FAR = 0.1;

/** Share of far data that is told: some outliers are in every real set. */
const FAR_SHARE = 0.05;

/** Smallest singular value, as a share of `manifold.minSingularValue`, below which F is called flat somewhere. */
const FLAT = 0.1;

/** Difference of the probability of a piece from its share of the data that is told. */
const MASS_DIFFERENCE = 0.15;

/**
 * What a reader must know before believing the numbers of a run, each with its likely cause and the setting that
 * changes it: a manifold that is not there, not where the data are, or not the expected one has scores and pictures
 * too.
 */
export function metricWarnings(
  metrics: Omit<PartialMetrics, 'warnings'>,
  config: EbimConfig,
  points: Points,
): string[] {
  return [
    ...topologyWarnings(metrics),
    ...rankWarnings(metrics, config),
    ...distanceWarnings(metrics, points),
    ...densityWarnings(metrics),
  ];
}

function topologyWarnings({ topology }: Omit<PartialMetrics, 'warnings'>): string[] {
  if (topology === undefined || topology === null) return [];
  const { crosses, asExpected, closed, components, pieces } = topology;
  const warnings: string[] = [];
  if (!crosses)
    warnings.push(
      'F does not change sign in the box: topology, volume and picture are of a level near zero, not of the zero set. ' +
        'F was pushed off the data or never fitted: lower manifold.negativeWeight, or raise manifold.epochs.',
    );
  if (asExpected === false)
    warnings.push(
      `The learned manifold does not have the expected topology (${components} component${components === 1 ? '' : 's'}, ` +
        `${closed ? 'closed' : 'open at the box'}); the scores are of a wrong manifold. ` +
        'Raise manifold.epochs, try another seed, or change manifold.rankWeight.',
    );
  else if (!closed)
    warnings.push(
      'The learned manifold is open at the box: log partition and log density count the part inside only. ' +
        'It may close outside: widen evaluation.meshBox. If it should not, raise manifold.epochs.',
    );
  const empty = pieces.filter(({ dataShare }) => dataShare === 0).length;
  if (crosses && empty > 0)
    warnings.push(
      `${empty} of ${components} pieces of the learned manifold ${empty === 1 ? 'has' : 'have'} no data near: F has ` +
        'zeros where nothing is. Raise manifold.negativeWeight or manifold.epochs.',
    );
  const unlike = pieces.find(
    ({ mass, dataShare }) => mass !== null && Math.abs(mass - dataShare) > MASS_DIFFERENCE,
  );
  if (unlike !== undefined)
    warnings.push(
      `The density gives a piece of the manifold ${percent(unlike.mass ?? 0)} of its mass, but ` +
        `${percent(unlike.dataShare)} of the data are there: chains do not move between pieces. Raise ` +
        'density.epochs or density.sampler.steps, or start chains at the data (density.freshNoise=data).',
    );
  return warnings;
}

function rankWarnings({ rank, manifold }: Omit<PartialMetrics, 'warnings'>, config: EbimConfig): string[] {
  const wanted = config.manifold.minSingularValue;
  // Shortfalls of singular values are squared: a quarter is half of what was asked for.
  if (manifold['rank'] > wanted ** 2 / 4 || (rank !== undefined && rank.median < FLAT * wanted))
    return [
      'F is flat where the data are: its Jacobian has less than half of manifold.minSingularValue. It may have ' +
        'collapsed to zero everywhere. Raise manifold.rankWeight, or manifold.negativeWeight where it is 0.',
    ];
  if (rank !== undefined && rank.onePercent < FLAT * wanted)
    return [
      `F is flat somewhere on the manifold: its smallest singular value there is ${rank.min.toPrecision(2)}, at ` +
        `(${rank.at.map((x) => x.toPrecision(3)).join(', ')}), where the manifold may have an edge or cross itself. ` +
        'Raise manifold.rankWeight or manifold.epochs.',
    ];
  return [];
}

function distanceWarnings(metrics: Omit<PartialMetrics, 'warnings'>, points: Points): string[] {
  const { distance, distanceFailed = 0, projectionFailed = 0, coveringFailed = 0, farShare = 0 } = metrics;
  const warnings: string[] = [];
  const size = pointSpread(points);
  if (distance !== undefined && distance.mean > FAR * size)
    warnings.push(
      `The learned manifold is not where the data are: on average ${percent(distance.mean / size)} of their spread ` +
        'away. Raise manifold.epochs, or lower manifold.rankWeight and manifold.negativeWeight.',
    );
  else if (farShare > FAR_SHARE)
    warnings.push(
      `${percent(farShare)} of the data are farther from the learned manifold than evaluation.farDistance: a part ` +
        'of it may be missing, or the data have noise. Their log density says little. Raise manifold.epochs.',
    );
  if (distanceFailed > 0)
    warnings.push(
      `No distance to the manifold was found for ${percent(distanceFailed)} of the data; they are left out.`,
    );
  if (projectionFailed > 0)
    warnings.push(
      `${percent(projectionFailed)} of the data could not be brought onto the manifold; the log density leaves ` +
        'them out. F is flat or rough near them: raise manifold.rankWeight.',
    );
  if (coveringFailed > 0.5)
    warnings.push(
      `${percent(coveringFailed)} of the points projected onto the manifold did not reach it: F is flat away from ` +
        'the data, so the covering may miss parts. Set density.freshNoise=data, or raise manifold.rankWeight.',
    );
  return warnings;
}

function densityWarnings({ logPartition }: Omit<PartialMetrics, 'warnings'>): string[] {
  if (logPartition?.agree !== false) return [];
  const { byMesh, meshError, byCoarea, coareaStandardError } = logPartition;
  return [
    `log Z by mesh (${byMesh?.toFixed(3)} ± ${meshError?.toPrecision(2)}) and by co-area (${byCoarea.toFixed(3)} ± ` +
      `${coareaStandardError.toPrecision(2)}) are at odds: the energy or the manifold changes faster than the mesh. ` +
      'Raise evaluation.meshResolution.',
  ];
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
