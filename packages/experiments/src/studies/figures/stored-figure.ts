import { readFile } from 'node:fs/promises';
import { RUN_FILES } from '../../run/run-folder.js';
import type { StudyRun } from '../study.js';

/** A figure that a run drew for its own report, as SVG. */
export const storedFigure = ({ folder }: StudyRun, name: string): Promise<string> =>
  readFile(folder.file(`${RUN_FILES.figures}/${name}.svg`), 'utf8');
