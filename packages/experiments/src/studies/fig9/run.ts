import { loadLearnedDensity } from '../../run/run-data.js';
import { format } from '../../report/result-rows.js';
import { countText, spreadText } from '../format.js';
import { densityPanels } from '../figures/density-panels.js';
import type { StudyContext, StudyResult, StudyRun } from '../study.js';
import { runWarnings } from '../two-models.js';

const STEPS = [1, 3, 5, 10, 20, 40] as const;
const BOUNDS = [
  [-1.3, 1.3],
  [-1.3, 1.3],
] as const;

/** The largest value of the exact density, exp(2) / (2 pi I0(2)). */
const EXACT_PEAK = 0.51588;

interface Row {
  readonly steps: number;
  readonly runs: readonly { readonly run: StudyRun; readonly peak: number }[];
}

/** Runs and draws Figure 9; the manifold of a seed is the same in all of its runs, as it has the same settings. */
export async function runFig9({ experiment, seeds }: StudyContext): Promise<StudyResult> {
  const rows: Row[] = [];
  const panels = [];
  for (const steps of STEPS) {
    const runs = [];
    for (const seed of seeds) {
      const run = await experiment('von-mises', {
        seed,
        label: `${steps}-steps`,
        set: [`density.sampler.steps=${steps}`, 'density.bufferFraction=0'],
      });
      if (run.metrics === null) {
        runs.push({ run, peak: NaN });
        continue;
      }
      const { points, logDensity } = await loadLearnedDensity(run.folder);
      const density = logDensity.map(Math.exp);
      if (seed === seeds[0])
        panels.push({ title: `${steps} step${steps === 1 ? '' : 's'}`, points, density });
      runs.push({ run, peak: density.reduce((a, b) => Math.max(a, b), 0) });
    }
    rows.push({ steps, runs });
  }
  const measured = rows.map(({ steps, runs }) => {
    const done = runs.filter(({ run }) => run.metrics !== null);
    return {
      steps,
      score: done.map(({ run }) => run.metrics?.wasserstein?.published ?? NaN),
      w1: done.map(({ run }) => run.metrics?.wasserstein?.atOne.w1Relative ?? NaN),
      peak: done.map(({ peak }) => peak),
      loops: runs.map(({ run }) => run.metrics?.topology?.asExpected === true),
    };
  });
  return {
    tables: [
      {
        title: 'Density by number of steps',
        columns: ['steps', 'Wasserstein score', 'true W1 (relative)', 'largest density', 'one closed loop'],
        rows: measured.map(({ steps, score, w1, peak, loops }) => [
          String(steps),
          spreadText(score),
          spreadText(w1),
          spreadText(peak),
          countText(loops),
        ]),
        note:
          `The exact density has its largest value at ${format(EXACT_PEAK)}. The papers show pictures only: few steps ` +
          'give an over-peaked mode, 20 suffice.',
      },
    ],
    figures:
      panels.length === 0
        ? []
        : [
            {
              name: 'fig9',
              title: 'Learned density by number of steps',
              caption: `Seed ${seeds[0]}. Every chain of training starts anew; the colour is the learned density on the learned manifold.`,
              svg: await densityPanels(panels, { bounds: BOUNDS, columns: 3, offset: 0.25 }),
            },
          ],
    numbers: { exactPeak: EXACT_PEAK, rows: measured },
    warnings: rows.flatMap(({ steps, runs }) =>
      runWarnings(
        `Training with ${steps} step${steps === 1 ? '' : 's'}`,
        runs.map(({ run }) => run),
      ),
    ),
  };
}
