import type { Likelihood, PieceMetrics, RunMetrics } from '../evaluation/run-metrics.js';
import type { PublishedNumbers } from '../definitions/experiment.js';

/** One number of a run beside the published one. */
export interface ResultRow {
  readonly name: string;
  readonly value: string;
  /** Empty where nothing was published. */
  readonly published: string;
  /** What the number means, for the report. */
  readonly note: string;
}

/** The numbers that a person wants to see first, for the terminal and the report alike. */
export function resultRows(metrics: RunMetrics, published: PublishedNumbers | null): ResultRow[] {
  const rows: ResultRow[] = [];
  const add = (name: string, value: string, note: string, publishedValue = '') =>
    rows.push({ name, value, published: publishedValue, note });

  const { topology, distance, wasserstein, logPartition } = metrics;
  if (topology !== null) {
    const shape =
      topology.closedLoops > 0
        ? `${topology.closedLoops} closed loop${topology.closedLoops === 1 ? '' : 's'}`
        : `Euler characteristic ${topology.eulerCharacteristic}`;
    const verdict =
      topology.asExpected === null ? '' : topology.asExpected ? ' (as it should be)' : ' (WRONG)';
    const handles = topology.pieces.map(({ genus }) => genus).filter((genus) => genus !== null);
    const genus = handles.length > 0 ? `, genus ${handles.join(' and ')}` : '';
    const pieces = `${topology.components} component${topology.components === 1 ? '' : 's'}`;
    add(
      'topology',
      `${pieces}, ${topology.closed ? `${shape}${genus}` : 'open at the box'}${verdict}`,
      'of the learned zero set',
    );
    add('volume', format(topology.volume), 'length or area of the learned zero set');
    if (topology.pieces.length > 1)
      topology.pieces.forEach((piece, i) => {
        add(`component ${i + 1}`, describePiece(piece), 'length or area, and its share of mass and data');
      });
  }
  const { rank } = metrics;
  add(
    'smallest singular value of J',
    `${format(rank.min)}, 1 % below ${format(rank.onePercent)}`,
    `along the manifold; the smallest is at (${rank.at.map(format).join(', ')})`,
  );
  if (wasserstein !== null) {
    const { temperature, atOne } = wasserstein;
    add(
      temperature === 1 ? 'Wasserstein score' : `Wasserstein score, T = ${temperature}`,
      format(wasserstein.published),
      'published protocol: W2 squared over the squared largest distance, less is better',
      published?.wasserstein.map(({ label, value }) => `${format(value)} ${label}`).join('; '),
    );
    if (temperature !== 1)
      add('Wasserstein score, T = 1', format(atOne.published), 'the same for the density as it was trained');
    add(
      'uniform density scores',
      format(wasserstein.uniform),
      'the same for a density that is constant on the learned manifold',
      published?.anchors.map(({ label, value }) => `${format(value)} ${label}`).join('; '),
    );
    add(
      'true W1, T = 1',
      `${format(atOne.w1)} (${format(atOne.w1Relative)} relative)`,
      'Wasserstein-1 on the same cells',
    );
    if (atOne.w1ByArea !== null && atOne.w1ByAreaRelative !== null && atOne.publishedByArea !== null) {
      add(
        'true W1 by area, T = 1',
        `${format(atOne.w1ByArea)} (${format(atOne.w1ByAreaRelative)} relative)`,
        'cells weighted by the length or area in them',
      );
      add(
        'Wasserstein score by area, T = 1',
        format(atOne.publishedByArea),
        'the published protocol, but for that',
      );
    }
  }
  for (const statistic of ['min', 'median', 'mean', 'max'] as const)
    add(
      `distance of data, ${statistic}`,
      format(distance[statistic]),
      'from training points to the learned manifold',
      published === null ? '' : format(published.distance[statistic]),
    );
  const likelihood = (name: string, likely: Omit<Likelihood, 'points'>) => {
    add(
      `mean log density of ${name}`,
      `${format(likely.meanLogDensity)} ± ${format(likely.meanLogDensityError)} nats`,
      `at their projections onto the manifold; ${percent(likely.farShare)} of them farther from it than ` +
        `${format(metrics.farDistance)}, ${percent(likely.projectionFailed)} not projected`,
    );
  };
  likelihood('data', metrics);
  for (const part of ['validation', 'test'] as const) {
    const kept = metrics.heldOut?.[part] ?? null;
    if (kept === null) continue;
    likelihood(`${part} points`, kept);
    if (kept.wasserstein === null) continue;
    const { published: score, w1, w1Relative } = kept.wasserstein;
    add(
      `Wasserstein score, ${part}, T = 1`,
      format(score),
      `against ${kept.points} points that training did not see`,
    );
    add(
      `true W1, ${part}, T = 1`,
      `${format(w1)} (${format(w1Relative)} relative)`,
      'against the same points',
    );
  }
  const { byMesh, meshError, byCoarea, coareaStandardError, agree } = logPartition;
  const coarea = `${format(byCoarea)} ± ${format(coareaStandardError)}`;
  add(
    'log partition',
    byMesh === null
      ? coarea
      : `${format(byMesh)}${meshError === null ? '' : ` ± ${format(meshError)}`} by mesh`,
    byMesh === null ? 'by co-area' : `by co-area ${coarea}${agree === false ? ': AT ODDS' : ''}`,
  );
  for (const name of ['loss', 'positive', 'negative', 'rank', 'magnitude'])
    if (name in metrics.manifold)
      add(
        `manifold ${name}`,
        format(metrics.manifold[name]),
        'mean over the last epoch',
        published !== null && name in published.manifold ? format(published.manifold[name]) : '',
      );
  add('energy of data', format(metrics.density['positive']), 'mean over the last epoch');
  add('energy of samples', format(metrics.density['negative']), 'mean over the last epoch');
  return rows;
}

function describePiece({ volume, closed, genus, mass, dataShare }: PieceMetrics): string {
  const shape = closed ? (genus === null ? 'closed' : `genus ${genus}`) : 'open';
  const share = mass === null ? '' : `${percent(mass)} of the mass, `;
  return `${format(volume)}, ${shape}, ${share}${percent(dataShare)} of the data`;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

/** Three significant digits, plain where that is short. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(2);
  return size >= 100 ? value.toFixed(1) : value.toPrecision(3);
}
