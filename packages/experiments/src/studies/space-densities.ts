import { figureGrid, sceneFigure, type SceneObject, type SceneOptions } from '@ebim/plots';
import type { Figure } from '../report/report-input.js';
import { learnedSurface } from './figures/learned-surface.js';
import { pushforwardSurface } from './figures/pushforward-surface.js';
import type { StudyContext, StudyResult } from './study.js';
import { runTwoModels, twoModelsNumbers, twoModelsTable, type TwoModels } from './two-models.js';

/** What Figures 5 and 6 differ in. */
export interface SpaceDensities {
  /** The experiment whose data it is. */
  readonly experiment: string;
  /** The figure's name. */
  readonly figure: string;
  /** Elevation and azimuth, degrees (spec 4). */
  readonly views: readonly (readonly [elevation: number, azimuth: number])[];
  /** The papers' box of the picture. */
  readonly bounds: NonNullable<SceneOptions['bounds']>;
}

/** Codes along a side of the latent box, and grid lines an axis of the zero set, in pictures. */
const RESOLUTION = { pushforward: 300, levelSet: 160 } as const;

/** Both models on data in space, and their surfaces beside the data. */
export async function runSpaceDensities(context: StudyContext, what: SpaceDensities): Promise<StudyResult> {
  const models = await runTwoModels(context, what.experiment);
  return {
    tables: [twoModelsTable(models)],
    figures: [await context.part(`figure-seed${context.seeds[0]}`, () => draw(context, what, models))],
    numbers: twoModelsNumbers(models),
    warnings: models.warnings,
  };
}

async function draw(
  context: StudyContext,
  { experiment, figure, views, bounds }: SpaceDensities,
  { ebim: [run], pebm: [other] }: TwoModels,
): Promise<Figure> {
  const { points } = run.plan.data;
  const pushforward =
    other.metrics === null
      ? null
      : await pushforwardSurface(context, experiment, other, RESOLUTION.pushforward);
  const columns: { readonly title: string; readonly objects: readonly SceneObject[] }[] = [
    { title: 'Data', objects: [{ kind: 'points', points, size: 3, opacity: 0.6, colour: [8, 104, 172] }] },
    ...(pushforward === null ? [] : [{ title: 'Pushforward model', objects: [pushforward] }]),
    ...(run.metrics === null
      ? []
      : [{ title: 'EBIM', objects: await learnedSurface(run, RESOLUTION.levelSet) }]),
  ];
  const panels = views.flatMap(([elevation, azimuth]) =>
    columns.map(({ objects }) =>
      sceneFigure(objects, {
        bounds,
        view: { elevation, azimuth },
        width: 400,
        axes: false,
        colourBar: false,
      }),
    ),
  );
  return {
    name: figure,
    title: 'Data and learned densities',
    caption: `Seed ${run.seed}. Surfaces are coloured by density, from none to its 99th percentile: the image of the latent box under the decoder, and the zero set of F.`,
    svg: figureGrid(panels, {
      columns: columns.length,
      titles: views.flatMap(() => columns.map(({ title }) => title)),
    }),
  };
}
