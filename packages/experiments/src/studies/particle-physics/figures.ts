import { pointsOf, type Points } from '@ebim/datasets';
import { figureGrid, planeFigure, type PlaneLayer, type Rgb } from '@ebim/plots';
import type { Figure } from '../../report/report-input.js';
import { TRUE_THETAS } from './data.js';

/** Posterior draws of a model, for each of `TRUE_THETAS`. */
export interface PicturedPosterior {
  readonly title: string;
  readonly draws: readonly Points[];
}

const BOUNDS = [
  [-3, 3],
  [-3, 3],
] as const;
const GREY = [140, 148, 158] as const;
const BLUE = [31, 102, 176] as const;
const RED = [214, 39, 40] as const;

/**
 * Posterior scatter, a row a model and a column a true theta.
 *
 * @param reference draws behind those of every model
 */
export async function posteriorFigure(
  models: readonly PicturedPosterior[],
  reference: PicturedPosterior | null,
): Promise<Figure> {
  const cloud = (points: Points, colour: Rgb): PlaneLayer => ({
    kind: 'points',
    points,
    colour,
    size: 2.5,
    opacity: 0.6,
  });
  const panels = await Promise.all(
    models.flatMap(({ draws }) =>
      TRUE_THETAS.map((theta, i) =>
        planeFigure(
          [
            ...(reference === null ? [] : [cloud(reference.draws[i], GREY)]),
            cloud(draws[i], BLUE),
            { kind: 'points', points: pointsOf(Float64Array.from(theta), 2), colour: RED, size: 9 },
          ],
          { bounds: BOUNDS, width: 330, xLabel: 'θ₀', yLabel: 'θ₁' },
        ),
      ),
    ),
  );
  return {
    name: 'posteriors',
    title: 'Posteriors of theta',
    caption:
      `Draws of the posterior given 20 events, by ${models.map(({ title }) => title).join(', ')}; the true theta is red` +
      (reference === null ? '.' : `. Grey: ${reference.title}.`),
    svg: figureGrid(panels, {
      columns: TRUE_THETAS.length,
      titles: models.flatMap(({ title }) =>
        TRUE_THETAS.map((theta) => `${title}, θ = (${theta.join(', ')})`),
      ),
    }),
  };
}
