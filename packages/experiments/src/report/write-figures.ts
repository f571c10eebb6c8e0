import { toPng } from '@ebim/plots';
import { makeFolder, RUN_FILES, type RunFolder } from '../run/run-folder.js';
import type { Figure } from './report-input.js';

/** Writes figures as SVG and PNG into the folder of a run. */
export async function writeFigures(folder: RunFolder, figures: readonly Figure[]): Promise<void> {
  await makeFolder(folder.file(RUN_FILES.figures));
  for (const { name, svg } of figures) {
    await folder.writeText(`${RUN_FILES.figures}/${name}.svg`, svg);
    await folder.writeText(`${RUN_FILES.figures}/${name}.png`, await toPng(svg));
  }
}
