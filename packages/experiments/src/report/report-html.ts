import { escapeHtml, figureHtml, htmlPage, tableHtml, warningsHtml } from './page.js';
import type { Figure, ReportInput } from './report-input.js';
import { resultRows } from './result-rows.js';

/** The report of a run: one file that needs nothing else, neither network nor the rest of the folder. */
export function reportHtml(input: ReportInput, figures: readonly Figure[]): string {
  const { plan, record, evaluation, seconds } = input;
  const rows = resultRows(evaluation.metrics, plan.published);
  const command = `ebim ${record.command.join(' ')}`;
  const mode =
    plan.kind === 'fit' ? 'your own points' : `profile ${plan.profile}${plan.fast ? ', fast' : ''}`;
  return htmlPage(
    plan.title,
    `<h1>${escapeHtml(plan.title)}</h1>
<p class="lead">${escapeHtml(plan.summary)} (${escapeHtml(mode)}, seed ${plan.config.seed})</p>
${warnings(input)}
${figures.slice(0, 2).map(figureHtml).join('\n')}
<h2>Results</h2>
<div class="wide"><table>
<thead><tr><th>measure</th><th>this run</th>${plan.published === null ? '' : '<th>published</th>'}<th></th></tr></thead>
<tbody>
${rows
  .map(
    (row) =>
      `<tr><td>${escapeHtml(row.name)}</td><td>${escapeHtml(row.value)}</td>${
        plan.published === null ? '' : `<td>${escapeHtml(row.published)}</td>`
      }<td class="note">${escapeHtml(row.note)}</td></tr>`,
  )
  .join('\n')}
</tbody>
</table></div>
${figures.slice(2).map(figureHtml).join('\n')}
<h2>How this was made</h2>
<pre>${escapeHtml(command)}</pre>
${tableHtml(facts(input, seconds))}
<h2>Configuration</h2>
<pre>${escapeHtml(JSON.stringify(plan.config, null, 2))}</pre>`,
  );
}

/** What a reader must know before believing the numbers. */
function warnings({ plan, evaluation }: ReportInput): string {
  const texts = [...evaluation.metrics.warnings];
  if (plan.fast)
    texts.push('A fast run: fewer epochs than the papers, so the numbers are not comparable to theirs.');
  return warningsHtml(texts);
}

function facts({ plan, record }: ReportInput, seconds: ReportInput['seconds']): [string, string][] {
  return [
    ['points', `${plan.data.points.rows} in ${plan.data.points.columns} dimensions`],
    ...environmentRows(record),
    ...Object.entries(seconds).map(([name, value]): [string, string] => [
      `time of ${name}`,
      `${value.toFixed(1)} s`,
    ]),
  ];
}

/** Where, with what and when a run or a study was computed. */
export const environmentRows = ({
  environment,
  startedAt,
}: Pick<ReportInput['record'], 'environment' | 'startedAt'>): [string, string][] => [
  ['backend', `${environment.backend}, TensorFlow.js ${environment.tfjs}, Node ${environment.node}`],
  ['platform', environment.platform],
  ['commit', environment.commit ?? 'unknown'],
  ['started', startedAt],
];
