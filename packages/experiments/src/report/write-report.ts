import { RUN_FILES } from '../run/run-folder.js';
import { planeFigures } from './plane-figures.js';
import { reportHtml } from './report-html.js';
import type { Figure, ReportInput } from './report-input.js';
import { spaceFigures } from './space-figures.js';
import { trainingFigures } from './training-figures.js';
import { writeFigures } from './write-figures.js';

/** Draws every figure of a run as SVG and PNG into its folder and writes the self-contained report. */
export async function writeReport(input: ReportInput): Promise<void> {
  const figures = await drawFigures(input);
  await writeFigures(input.folder, figures);
  await input.folder.writeText(RUN_FILES.report, reportHtml(input, figures));
}

async function drawFigures(input: ReportInput): Promise<Figure[]> {
  const dimension = input.plan.data.points.columns;
  const drawn = dimension === 2 ? await planeFigures(input) : dimension === 3 ? spaceFigures(input) : [];
  return [...drawn, ...(await trainingFigures(input))];
}
