import { datasets, simulators } from '@ebim/datasets';
import { experiments } from '../../definitions/registry.js';
import { studies } from '../../studies/registry.js';
import type { Terminal } from '../terminal.js';
import { textTable } from '../text-table.js';

/** `ebim list` */
export function listCommand(out: Terminal): void {
  if (out.json) {
    out.emit({
      type: 'list',
      experiments: experiments.map(({ name, title, source, summary }) => ({ name, title, source, summary })),
      studies: studies.map(({ name, title, source, summary, seeds }) => ({
        name,
        title,
        source,
        summary,
        seeds,
      })),
      datasets,
      simulators,
    });
    return;
  }
  out.print(
    textTable([['experiment', 'title', 'source'], ...experiments.map((e) => [e.name, e.title, e.source])]),
  );
  out.print('');
  out.print(
    textTable([
      ['figure, table, benchmark', 'title', 'source'],
      ...studies.map(({ name, title, source }) => [name, title, source]),
    ]),
  );
  out.print('');
  out.print(
    textTable([
      ['data set', 'points', 'manifold', 'licence', 'title'],
      ...datasets.map((d) => [d.name, String(d.rows), d.manifold, d.license, d.title]),
    ]),
  );
  out.print('');
  out.print(
    textTable([
      ['simulated set', 'n', 'd', 'theta', 'density', 'title'],
      ...simulators.map((s) => [
        s.name,
        String(s.manifoldDimension),
        String(s.ambientDimension),
        String(s.contextDimension),
        s.density,
        s.title,
      ]),
    ]),
  );
  out.print('\nRun one with `ebim run <name>`; fit your own points with `ebim fit <file>`.');
}
