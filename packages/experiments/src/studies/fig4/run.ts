import { figureGrid, gnBu, planeFigure } from '@ebim/plots';
import type { Figure } from '../../report/report-input.js';
import { format } from '../../report/result-rows.js';
import { densityPanels } from '../figures/density-panels.js';
import { storedFigure } from '../figures/stored-figure.js';
import { spreadText } from '../format.js';
import type { StudyContext, StudyResult } from '../study.js';
import {
  runTwoModels,
  twoDensityPanels,
  twoModelsNumbers,
  twoModelsTable,
  type TwoModels,
} from '../two-models.js';
import { BOUNDS, GRID, trainAmbientPart, type AmbientPart } from './ambient.js';

/** Runs and draws Figure 4. */
export async function runFig4(context: StudyContext): Promise<StudyResult> {
  const models = await runTwoModels(context, 'mixture');
  const ambient: (AmbientPart & { readonly seed: number })[] = [];
  for (const seed of context.seeds) {
    const part = await context.part(`ambient-seed${seed}`, () => {
      context.say(`Ambient model, seed ${seed}`);
      return trainAmbientPart(context, seed);
    });
    ambient.push({ ...part, seed });
  }
  const trained = ambient.filter(({ status }) => status === 'completed');
  return {
    tables: [
      twoModelsTable(models),
      {
        title: 'Ambient energy-based model',
        columns: ['measure', 'value'],
        rows: [
          ['energy of data', spreadText(trained.map(({ stats }) => stats.positive))],
          ['energy of samples', spreadText(trained.map(({ stats }) => stats.negative))],
          ['log Z on the box', spreadText(trained.map(({ logZ }) => logZ))],
          [
            'share of its mass within 0.1 of the circles',
            spreadText(trained.map(({ massNearData }) => massNearData)),
          ],
        ],
        note: 'It has no manifold: it has a density by area, so that its numbers cannot stand in the table above.',
      },
    ],
    figures: [await densities(models, ambient[0]), ...(await functions(models))],
    numbers: {
      ...(twoModelsNumbers(models) as object),
      ambient: ambient.map(({ density: _, seconds: __, ...numbers }) => numbers),
    },
    warnings: [
      ...models.warnings,
      ...ambient
        .filter(({ status }) => status === 'diverged')
        .map(({ seed }) => `The ambient model diverged with seed ${seed}.`),
    ],
  };
}

async function densities(models: TwoModels, ambient: AmbientPart): Promise<Figure> {
  const [run] = models.ebim;
  const { groundTruth } = run.plan.data;
  const exact = groundTruth === null ? [] : [{ title: 'Ground truth', ...groundTruth }];
  const options = { bounds: BOUNDS, columns: 1, offset: 0.2, width: 520, size: 7 };
  const scatter = (panels: Parameters<typeof densityPanels>[0]) =>
    Promise.all(panels.map((panel) => densityPanels([panel], options)));
  const heat =
    ambient.status === 'diverged'
      ? []
      : [
          figureGrid(
            [
              await planeFigure([{ kind: 'heatMap', values: ambient.density, grid: GRID, colourMap: gnBu }], {
                bounds: BOUNDS,
                width: 596,
                colourLabel: 'density by area',
              }),
            ],
            {
              titles: [
                `Ambient EBM (largest density ${format(ambient.density.reduce((a, b) => Math.max(a, b), 0))})`,
              ],
            },
          ),
        ];
  const panels = [...(await scatter(exact)), ...heat, ...(await scatter(await twoDensityPanels(models)))];
  return {
    name: 'fig4-densities',
    title: 'Exact and learned densities',
    caption: `Seed ${run.seed}. Densities by length on curves, by area for the ambient model.`,
    svg: figureGrid(panels, { columns: 2 }),
  };
}

async function functions({ ebim: [run] }: TwoModels): Promise<Figure[]> {
  if (run.metrics === null) return [];
  return [
    {
      name: 'fig4-functions',
      title: 'Manifold-defining function and energy of EBIM',
      caption: 'F is zero on both circles. Data at height zero.',
      svg: figureGrid([await storedFigure(run, 'constraint'), await storedFigure(run, 'energy')], {
        titles: ['F', 'E'],
      }),
    },
  ];
}
