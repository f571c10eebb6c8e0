import { storeLearnedDensity } from '../../run/run-data.js';
import { RUN_FILES } from '../../run/run-folder.js';
import { EXIT } from '../exit-codes.js';
import { measureAgain } from '../measure-again.js';
import { resultTable } from '../result-table.js';
import type { Terminal } from '../terminal.js';

/** `ebim evaluate <run>` */
export async function evaluateCommand(path: string, out: Terminal): Promise<number> {
  await measureAgain(path, out, async ({ stored: { plan, folder }, evaluation }) => {
    await folder.writeJson(RUN_FILES.metrics, evaluation.metrics);
    await storeLearnedDensity(folder, evaluation);
    out.print(resultTable(plan, evaluation.metrics));
    out.emit({ type: 'result', status: 'completed', folder: folder.path, metrics: evaluation.metrics });
  });
  return EXIT.ok;
}
