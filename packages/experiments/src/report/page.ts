import type { Figure } from './report-input.js';

const STYLE = `
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 0 auto; max-width: 72rem; padding: 2rem 1.5rem 4rem; }
h1 { margin: 0 0 .25rem; font-size: 1.9rem; } h2 { margin: 2.5rem 0 .75rem; font-size: 1.3rem; }
.lead { color: #555; margin: 0 0 1.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #e5e5e5; vertical-align: top; }
th { color: #555; font-weight: 600; } td.note { color: #777; font-size: .9rem; } td.number { white-space: nowrap; }
.wide { overflow-x: auto; }
figure { margin: 0 0 2.5rem; } figure svg, figure img { max-width: 100%; height: auto; }
figcaption { color: #555; max-width: 46rem; }
pre { background: #f6f7f8; padding: 1rem; overflow: auto; font-size: .85rem; border-radius: 6px; }
.warning { background: #fff4e0; border-left: 4px solid #d98200; padding: .6rem 1rem; }
ul.warning { padding-left: 2.2rem; }
.note { color: #777; font-size: .9rem; }
`;

/** A page that needs nothing else, neither network nor other files. `body` is HTML, `title` is text. */
export const htmlPage = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} - EBIM report</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;

/** A figure with its title and caption; the interactive one where there is one. */
export function figureHtml({ title, caption, svg, interactive }: Figure): string {
  return `<h2>${escapeHtml(title)}</h2>\n<figure>${interactive ?? svg}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}

/** Boxes beside each other that are still read. */
const MOST_BOXES = 3;

/** What a reader must know before believing the numbers: a box each, or a list in one where they are many. */
export const warningsHtml = (texts: readonly string[]): string =>
  texts.length <= MOST_BOXES
    ? texts.map((text) => `<p class="warning">${escapeHtml(text)}</p>`).join('\n')
    : `<ul class="warning">\n${texts.map((text) => `<li>${escapeHtml(text)}</li>`).join('\n')}\n</ul>`;

/** Numbers with what stands behind them, e.g. an uncertainty: not to be broken into lines. */
const NUMBER = /^[-–]?\d\S*( ± \S+| \S{1,2})?$/;

/** A table of texts, with a head where there are `columns`; one that is too wide can be moved by itself. */
export function tableHtml(rows: readonly (readonly string[])[], columns?: readonly string[]): string {
  const head =
    columns === undefined
      ? ''
      : `<thead><tr>${columns.map((column) => `<th>${escapeHtml(column)}</th>`).join('')}</tr></thead>\n`;
  const cell = (text: string): string =>
    `<td${NUMBER.test(text) ? ' class="number"' : ''}>${escapeHtml(text)}</td>`;
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<div class="wide"><table>\n${head}<tbody>\n${body}\n</tbody>\n</table></div>`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as HTML. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ESCAPES[character]);
