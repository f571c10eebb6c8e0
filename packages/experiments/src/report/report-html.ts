import type { Figure, ReportInput } from './report-input.js';
import { resultRows } from './result-rows.js';

const STYLE = `
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 0 auto; max-width: 72rem; padding: 2rem 1.5rem 4rem; }
h1 { margin: 0 0 .25rem; font-size: 1.9rem; } h2 { margin: 2.5rem 0 .75rem; font-size: 1.3rem; }
.lead { color: #555; margin: 0 0 1.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #e5e5e5; vertical-align: top; }
th { color: #555; font-weight: 600; } td.note { color: #777; font-size: .9rem; }
figure { margin: 0 0 2.5rem; } figure svg, figure img { max-width: 100%; height: auto; }
figcaption { color: #555; max-width: 46rem; }
pre { background: #f6f7f8; padding: 1rem; overflow: auto; font-size: .85rem; border-radius: 6px; }
.warning { background: #fff4e0; border-left: 4px solid #d98200; padding: .6rem 1rem; }
`;

/** The report of a run: one file that needs nothing else, neither network nor the rest of the folder. */
export function reportHtml(input: ReportInput, figures: readonly Figure[]): string {
  const { plan, record, evaluation, seconds } = input;
  const rows = resultRows(evaluation.metrics, plan.published);
  const command = `ebim ${record.command.join(' ')}`;
  const mode =
    plan.kind === 'fit' ? 'your own points' : `profile ${plan.profile}${plan.fast ? ', fast' : ''}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(plan.title)} - EBIM report</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escape(plan.title)}</h1>
<p class="lead">${escape(plan.summary)} (${escape(mode)}, seed ${plan.config.seed})</p>
${warnings(input)}
${figures.slice(0, 2).map(figureHtml).join('\n')}
<h2>Results</h2>
<table>
<thead><tr><th>measure</th><th>this run</th>${plan.published === null ? '' : '<th>published</th>'}<th></th></tr></thead>
<tbody>
${rows
  .map(
    (row) =>
      `<tr><td>${escape(row.name)}</td><td>${escape(row.value)}</td>${
        plan.published === null ? '' : `<td>${escape(row.published)}</td>`
      }<td class="note">${escape(row.note)}</td></tr>`,
  )
  .join('\n')}
</tbody>
</table>
${figures.slice(2).map(figureHtml).join('\n')}
<h2>How this was made</h2>
<pre>${escape(command)}</pre>
<table>
<tbody>
${facts(input, seconds)
  .map(([name, value]) => `<tr><td>${escape(name)}</td><td>${escape(value)}</td></tr>`)
  .join('\n')}
</tbody>
</table>
<h2>Configuration</h2>
<pre>${escape(JSON.stringify(plan.config, null, 2))}</pre>
</body>
</html>
`;
}

function figureHtml({ title, caption, svg, interactive }: Figure): string {
  return `<h2>${escape(title)}</h2>\n<figure>${interactive ?? svg}<figcaption>${escape(caption)}</figcaption></figure>`;
}

/** What a reader must know before believing the numbers. */
function warnings({ plan, evaluation }: ReportInput): string {
  const texts = [...evaluation.metrics.warnings];
  if (plan.fast)
    texts.push('A fast run: fewer epochs than the papers, so the numbers are not comparable to theirs.');
  return texts.map((text) => `<p class="warning">${escape(text)}</p>`).join('\n');
}

function facts({ plan, record }: ReportInput, seconds: ReportInput['seconds']): [string, string][] {
  const { environment } = record;
  return [
    ['points', `${plan.data.points.rows} in ${plan.data.points.columns} dimensions`],
    ['backend', `${environment.backend}, TensorFlow.js ${environment.tfjs}, Node ${environment.node}`],
    ['platform', environment.platform],
    ['commit', environment.commit ?? 'unknown'],
    ['started', record.startedAt],
    ...Object.entries(seconds).map(([name, value]): [string, string] => [
      `time of ${name}`,
      `${value.toFixed(1)} s`,
    ]),
  ];
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character]);
