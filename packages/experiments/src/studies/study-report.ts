import { clock } from '../report/clock.js';
import { escapeHtml, figureHtml, htmlPage, tableHtml, warningsHtml } from '../report/page.js';
import { environmentRows } from '../report/report-html.js';
import type { Study, StudyResult, StudyTable } from './study.js';
import type { StudyRecord } from './study-record.js';

const FAST = 'A fast study: smaller settings than the papers, so the numbers are not comparable to theirs.';

/** Warnings of a study, that it was a fast one among them. */
export const studyWarnings = ({ fast }: StudyRecord, { warnings }: StudyResult): string[] => [
  ...warnings,
  ...(fast ? [FAST] : []),
];

/** The report of a study: one file that needs nothing else. */
export function studyHtml(study: Study, record: StudyRecord, result: StudyResult): string {
  return htmlPage(
    study.title,
    `<h1>${escapeHtml(study.title)}</h1>
<p class="lead">${escapeHtml(study.summary)} (${escapeHtml(study.source)}; ${escapeHtml(settings(record))})</p>
${warningsHtml(studyWarnings(record, result))}
${result.tables.map(studyTableHtml).join('\n')}
${result.figures.map(figureHtml).join('\n')}
<h2>How this was made</h2>
<pre>${escapeHtml(`ebim ${record.command.join(' ')}`)}</pre>
${tableHtml([...environmentRows(record), ['time', clock(record.seconds)]])}`,
  );
}

function studyTableHtml({ title, columns, rows, note }: StudyTable): string {
  return `<h2>${escapeHtml(title)}</h2>
${tableHtml(rows, columns)}${note === undefined ? '' : `\n<p class="note">${escapeHtml(note)}</p>`}`;
}

/** The same as Markdown, without the figures. */
export function studyMarkdown(study: Study, record: StudyRecord, result: StudyResult): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const tables = result.tables.flatMap(({ title, columns, rows, note }) => [
    `## ${title}`,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map(line),
    '',
    ...(note === undefined ? [] : [note, '']),
  ]);
  const warnings = studyWarnings(record, result).flatMap((text) => [`> ${text}`, '']);
  return [`# ${study.title}`, '', `${study.source}; ${settings(record)}`, '', ...warnings, ...tables].join(
    '\n',
  );
}

const settings = ({ profile, fast, seeds, only }: StudyRecord): string =>
  `profile ${profile}${fast ? ', fast' : ''}, seed${seeds.length === 1 ? '' : 's'} ${seeds.join(', ')}${
    only === undefined ? '' : `, only ${only.join(', ')}`
  }`;
