import type { RunMetrics } from '../evaluation/run-metrics.js';
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
    const pieces = `${topology.components} component${topology.components === 1 ? '' : 's'}`;
    add(
      'topology',
      `${pieces}, ${topology.closed ? shape : 'open at the box'}${verdict}`,
      'of the learned zero set',
    );
    add('volume', format(topology.volume), 'length or area of the learned zero set');
  }
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
    if (atOne.w1ByArea !== null)
      add('true W1 by area, T = 1', format(atOne.w1ByArea), 'cells weighted by the length or area in them');
  }
  for (const statistic of ['min', 'median', 'mean', 'max'] as const)
    add(
      `distance of data, ${statistic}`,
      format(distance[statistic]),
      'from training points to the learned manifold',
      published === null ? '' : format(published.distance[statistic]),
    );
  add(
    'mean log density of data',
    `${format(metrics.meanLogDensity)} nats`,
    'at their projections onto the manifold',
  );
  add(
    'log partition',
    logPartition.byMesh === null ? format(logPartition.byCoarea) : `${format(logPartition.byMesh)} by mesh`,
    `by co-area ${format(logPartition.byCoarea)} +- ${format(logPartition.coareaStandardError)}`,
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

/** Three significant digits, plain where that is short. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(2);
  return size >= 100 ? value.toFixed(1) : value.toPrecision(3);
}
