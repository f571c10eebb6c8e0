import type { RunMetrics } from '../evaluation/run-metrics.js';
import { resultRows } from '../report/result-rows.js';
import type { RunPlan } from '../run/plan.js';
import { textTable, wrap } from './text-table.js';

/** The numbers of a run, beside the published ones where there are any, and what is wrong with them. */
export function resultTable(plan: RunPlan, metrics: RunMetrics): string {
  return [numbers(plan, metrics), ...metrics.warnings.map((text) => `Warning: ${text}`)].join('\n');
}

function numbers({ published }: RunPlan, metrics: RunMetrics): string {
  const rows = resultRows(metrics, published);
  if (published === null) return textTable([['', 'ours'], ...rows.map(({ name, value }) => [name, value])]);
  return textTable([
    ['', 'ours', 'published or anchor'],
    ...rows.flatMap((row) =>
      wrap(row.published, 60).map((part, i) => (i === 0 ? [row.name, row.value, part] : ['', '', part])),
    ),
  ]);
}
