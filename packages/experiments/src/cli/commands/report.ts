import { bindParameters, modelsOf } from '../../pipeline/models.js';
import { writeReport } from '../../report/write-report.js';
import { makeFolder, RUN_FILES } from '../../run/run-folder.js';
import { EXIT } from '../exit-codes.js';
import { measureAgain } from '../measure-again.js';
import { shown } from '../start-run.js';
import type { Terminal } from '../terminal.js';

/** `ebim report <run>` */
export async function reportCommand(path: string, out: Terminal): Promise<number> {
  await measureAgain(path, out, async ({ stored, stages: { manifold, density }, evaluation }) => {
    const { folder, plan, record } = stored;
    out.status('  drawing …');
    await makeFolder(folder.file(RUN_FILES.figures));
    await writeReport({
      plan,
      folder,
      record,
      evaluation,
      model: bindParameters(modelsOf(plan.config), manifold.state.params, density.state.params),
      history: { manifold: manifold.history, density: density.history },
      seconds: record.seconds,
    });
    out.status('');
    out.print(`Report: ${shown(folder.file(RUN_FILES.report))}`);
    out.emit({ type: 'report', folder: folder.path, report: folder.file(RUN_FILES.report) });
  });
  return EXIT.ok;
}
