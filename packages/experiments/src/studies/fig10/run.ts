import { spreadText } from '../format.js';
import { densityPanels, type DensityPanel } from '../figures/density-panels.js';
import { pushforwardRun, type PushforwardRun } from '../pushforward-run.js';
import type { StudyContext, StudyResult } from '../study.js';
import { runWarnings } from '../two-models.js';

/** `null`: a deterministic autoencoder, for comparison. */
const WEIGHTS = [null, 0.01, 0.03, 0.05, 0.1, 0.2, 0.4] as const;
const BOUNDS = [
  [-3.3, 3.3],
  [-1.5, 1.5],
] as const;

/** Runs and draws Figure 10. */
export async function runFig10(context: StudyContext): Promise<StudyResult> {
  const rows: { readonly weight: number | null; readonly runs: readonly PushforwardRun[] }[] = [];
  const panels: DensityPanel[] = [];
  const warnings: string[] = [];
  for (const weight of WEIGHTS) {
    const runs: PushforwardRun[] = [];
    for (const seed of context.seeds) {
      const run = await pushforwardRun(context, 'mixture', {
        seed,
        ...(weight === null ? {} : { divergenceWeight: weight }),
      });
      runs.push(run);
      warnings.push(...runWarnings(`Training with weight ${weight ?? 'none'}`, [run]));
      if (run.lattice !== null && seed === context.seeds[0] && weight !== null)
        panels.push({ title: `weight ${weight}`, ...run.lattice });
    }
    rows.push({ weight, runs });
  }
  const measured = rows.map(({ weight, runs }) => ({
    weight,
    runs: runs.map(({ seed, status, metrics }) => ({ seed, status, metrics })),
  }));
  const of = (runs: readonly PushforwardRun[], pick: (m: NonNullable<PushforwardRun['metrics']>) => number) =>
    spreadText(runs.flatMap(({ metrics }) => (metrics === null ? [] : [pick(metrics)])));
  return {
    tables: [
      {
        title: 'Pushforward model by weight of the divergence',
        columns: ['weight', 'mean distance of data', 'largest', 'Wasserstein score', 'true W1'],
        rows: rows.map(({ weight, runs }) => [
          weight === null ? 'no VAE' : String(weight),
          of(runs, ({ distance }) => distance.mean),
          of(runs, ({ distance }) => distance.max),
          of(runs, ({ wasserstein }) => wasserstein?.published ?? NaN),
          of(runs, ({ wasserstein }) => wasserstein?.atOne.w1 ?? NaN),
        ]),
        note:
          'The reference form of the divergence under `paper` and `reference`, the exact one with a weight that pulls ' +
          'as hard under `corrected` (spec D14). The papers show pictures only.',
      },
    ],
    figures:
      panels.length === 0
        ? []
        : [
            {
              name: 'fig10',
              title: 'Pushforward density by weight of the divergence',
              caption: `Seed ${context.seeds[0]}. Decoded points of the latent box, coloured by their density along the curve.`,
              svg: await densityPanels(panels, {
                bounds: BOUNDS,
                columns: 3,
                offset: 0.2,
                width: 420,
                size: 6,
              }),
            },
          ],
    numbers: { rows: measured },
    warnings,
  };
}
