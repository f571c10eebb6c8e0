import { figureGrid, sceneFigure } from '@ebim/plots';
import { learnedSurface } from '../figures/learned-surface.js';
import { countText, spreadText } from '../format.js';
import type { StudyContext, StudyResult, StudyRun } from '../study.js';
import { runWarnings } from '../two-models.js';

const ETAS = [0.3, 1, 2, 3, 5] as const;

/** Runs and draws Figure 11. */
export async function runFig11({ experiment, part, seeds }: StudyContext): Promise<StudyResult> {
  const rows = [];
  const panels: { readonly title: string; readonly svg: string }[] = [];
  const warnings: string[] = [];
  for (const eta of ETAS) {
    const runs: StudyRun[] = [];
    for (const seed of seeds) {
      const run = await experiment('glycine', {
        seed,
        label: `eta${eta}`,
        set: [`manifold.minSingularValue=${eta}`],
      });
      warnings.push(...runWarnings(`Training with eta = ${eta}`, [run]));
      if (run.metrics !== null) runs.push(run);
    }
    const [shown] = runs;
    if (shown?.seed === seeds[0])
      panels.push({ title: `eta = ${eta}`, svg: await part(`surface-eta${eta}`, () => surfaceOf(shown)) });
    const numbers = (pick: (run: StudyRun) => number | undefined) => runs.map((run) => pick(run) ?? NaN);
    rows.push({
      eta,
      loss: numbers(({ metrics }) => metrics?.manifold.loss),
      rank: numbers(({ metrics }) => metrics?.manifold.rank),
      distance: numbers(({ metrics }) => metrics?.distance.mean),
      components: numbers(({ metrics }) => metrics?.topology?.components),
      eulerCharacteristic: numbers(({ metrics }) => metrics?.topology?.eulerCharacteristic),
      torus: runs.map(({ metrics }) => metrics?.topology?.asExpected === true),
    });
  }
  return {
    tables: [
      {
        title: 'Manifold by least singular value',
        columns: [
          'eta',
          'loss',
          'rank term',
          'mean distance of data',
          'components',
          'Euler characteristic',
          'torus',
        ],
        rows: rows.map((row) => [
          String(row.eta),
          spreadText(row.loss),
          spreadText(row.rank),
          spreadText(row.distance),
          row.components.join(', '),
          row.eulerCharacteristic.join(', '),
          countText(row.torus),
        ]),
        note: 'Loss and rank term are means over the last epoch. A torus has one component and Euler characteristic 0.',
      },
    ],
    figures:
      panels.length === 0
        ? []
        : [
            {
              name: 'fig11',
              title: 'Learned manifold by least singular value',
              caption: `Seed ${seeds[0]}: zero set of F, coloured by the learned density on it, from none to its 99th percentile.`,
              svg: figureGrid(
                panels.map(({ svg }) => svg),
                { titles: panels.map(({ title }) => title), columns: panels.length },
              ),
            },
          ],
    numbers: { rows },
    warnings,
  };
}

/** The learned zero set from the papers' side, coloured by the learned density. */
async function surfaceOf(run: StudyRun): Promise<string> {
  const { box } = run.plan.config.evaluation;
  const [[elevation, azimuth]] = run.plan.views;
  const bounds = [0, 1, 2].map((d) => [1.25 * box.lower[d], 1.25 * box.upper[d]] as const);
  return sceneFigure(await learnedSurface(run), {
    bounds: [bounds[0], bounds[1], bounds[2]] as const,
    view: { elevation, azimuth },
    width: 320,
    colourBar: false,
    axes: false,
  });
}
