import { figureGrid, lineFigure } from '@ebim/plots';
import type { Figure } from '../../report/report-input.js';
import type { ScannedSet } from './tables.js';

/** Reconstruction error against n, a panel for each data set. */
export async function scanFigure(sets: readonly ScannedSet[]): Promise<Figure> {
  const panels = await Promise.all(
    sets.map(({ set: { simulator }, errors }) => {
      const dimensions = errors.map(({ dimension }) => dimension);
      const heights = errors.map(({ error }) => error);
      const truth = simulator.manifoldDimension;
      return lineFigure(
        [
          // A gap at the end leaves room beside the last dimension, which may be the true one.
          {
            label: 'error',
            x: [...dimensions, dimensions[dimensions.length - 1] + 1],
            y: [...heights, NaN],
            dots: true,
          },
          {
            label: `true n = ${truth}`,
            x: [truth, truth],
            y: [Math.min(...heights), Math.max(...heights)],
            colour: '#9aa1a9',
          },
        ],
        { xLabel: 'n', yLabel: 'reconstruction error', logScale: true, width: 400, height: 300 },
      );
    }),
  );
  return {
    name: 'scan',
    title: 'Reconstruction error against n',
    caption:
      'Mean distance of held-out points to their projections by M-flows of dimension n; n = 0 is the distance to the mean of the data.',
    svg: figureGrid(panels, {
      columns: Math.min(3, panels.length),
      titles: sets.map(
        ({ set: { title, simulator }, chosen }) =>
          `${title} in ${simulator.ambientDimension} dimensions: scan takes ${chosen ?? 'none'}`,
      ),
    }),
  };
}
