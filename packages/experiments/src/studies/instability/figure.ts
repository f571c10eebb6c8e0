import { lineDemonstration, type LineLosses, type LineMoments } from '@ebim/flows';
import { figureGrid, makeGrid, planeFigure, viridis } from '@ebim/plots';
import type { Figure } from '../../report/report-input.js';
import { TRUTH } from './objectives.js';

interface Panel {
  readonly name: keyof LineLosses;
  readonly title: string;
  readonly label: string;
  /** Of the colours (flow spec 3.1). */
  readonly range: readonly [number, number];
}

const PANELS: readonly Panel[] = [
  { name: 'logLikelihood', title: 'Naive log likelihood', label: 'log likelihood', range: [-5, 1] },
  { name: 'reconstructionError', title: 'Reconstruction error', label: 'mean distance', range: [0, 0.8] },
  { name: 'combined', title: 'Reconstruction - 0.3 log likelihood', label: 'loss', range: [0.2, 1.2] },
  {
    name: 'relativeLogLikelihood',
    title: 'Log likelihood over the best of each angle',
    label: 'log likelihood ratio',
    range: [-0.2, 0],
  },
];

/** The four panels over angle and width, with the truth marked. */
export async function instabilityFigure(moments: LineMoments, count: number): Promise<Figure> {
  const { angles, widths, panels } = lineDemonstration({ moments });
  const grid = makeGrid(
    [
      [angles[0], angles[angles.length - 1]],
      [widths[0], widths[widths.length - 1]],
    ],
    [angles.length, widths.length],
  );
  const truth = { data: Float64Array.of(TRUTH.alpha, TRUTH.sigma), rows: 1, columns: 2 };
  const svgs = await Promise.all(
    PANELS.map(({ name, label, range }) =>
      planeFigure(
        [
          {
            kind: 'heatMap',
            grid,
            // The figure has angles along the first axis, the demonstration widths.
            values: angles.flatMap((_, i) => widths.map((__, j) => panels[name][j][i])),
            range,
            colourMap: viridis,
          },
          { kind: 'points', points: truth, size: 13, colour: [255, 255, 255] },
          { kind: 'points', points: truth, size: 9, colour: [214, 39, 40] },
        ],
        {
          equal: false,
          bounds: [
            [0, Math.PI],
            [0, 1.5],
          ],
          width: 460,
          height: 330,
          xLabel: 'angle of the line α',
          yLabel: 'width along the line σ',
          colourLabel: label,
        },
      ),
    ),
  );
  return {
    name: 'instability',
    title: 'Four objectives for a line and a density on it',
    caption: `Of ${count} points on the line α = π/2 with σ = 1 (red). The likelihood grows without bound towards lines that all points project to one spot of, α = 0 and π, also beside the reconstruction error. At a fixed angle it is a good objective for the width: the ridge of the last panel.`,
    svg: figureGrid(svgs, { columns: 2, titles: PANELS.map(({ title }) => title) }),
  };
}
