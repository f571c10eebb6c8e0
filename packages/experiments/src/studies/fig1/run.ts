import { figureGrid, planeFigure } from '@ebim/plots';
import type { Figure } from '../../report/report-input.js';
import { densityPanels } from '../figures/density-panels.js';
import { storedFigure } from '../figures/stored-figure.js';
import type { StudyContext, StudyResult } from '../study.js';
import {
  runTwoModels,
  twoDensityPanels,
  twoModelsNumbers,
  twoModelsTable,
  type TwoModels,
} from '../two-models.js';

const BOUNDS = [
  [-1.3, 1.3],
  [-1.3, 1.3],
] as const;

/** Runs and draws Figure 1. */
export async function runFig1(context: StudyContext): Promise<StudyResult> {
  const models = await runTwoModels(context, 'von-mises');
  return {
    tables: [twoModelsTable(models)],
    figures: [...(await trainedFunctions(models)), ...(await densities(models))],
    numbers: twoModelsNumbers(models),
    warnings: models.warnings,
  };
}

/** Top row: the data, F, E. */
async function trainedFunctions({ ebim: [run] }: TwoModels): Promise<Figure[]> {
  if (run.metrics === null) return [];
  const data = await planeFigure(
    [{ kind: 'points', points: run.plan.data.points, size: 6, opacity: 0.5, colour: [8, 104, 172] }],
    { bounds: BOUNDS, width: 380 },
  );
  return [
    {
      name: 'fig1-functions',
      title: 'Data, manifold-defining function, energy',
      caption:
        'F is zero on the data and steep across them; E is low where the data are dense. Data at height zero.',
      svg: figureGrid([data, await storedFigure(run, 'constraint'), await storedFigure(run, 'energy')], {
        titles: ['Data', 'F', 'E'],
      }),
    },
  ];
}

/** Bottom row: the exact density and the learned ones. */
async function densities(models: TwoModels): Promise<Figure[]> {
  const { groundTruth } = models.ebim[0].plan.data;
  const exact = groundTruth === null ? [] : [{ title: 'Ground truth', ...groundTruth }];
  return [
    {
      name: 'fig1-densities',
      title: 'Exact and learned densities',
      caption:
        'Every model has its own manifold: the image of a line for the pushforward model, the zero set of F for EBIM.',
      svg: await densityPanels([...exact, ...(await twoDensityPanels(models))], {
        bounds: BOUNDS,
        columns: 3,
        offset: 0.25,
        width: 340,
        size: 10,
      }),
    },
  ];
}
