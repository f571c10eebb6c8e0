import { lineFigure } from '@ebim/plots';
import type { EpochStats } from '@ebim/training';
import type { Figure, ReportInput } from './report-input.js';

/** Curves of both stages over epochs. */
export async function trainingFigures({ history }: ReportInput): Promise<Figure[]> {
  return [
    {
      name: 'training-manifold',
      title: 'Training of the manifold',
      caption:
        'Means over each epoch. positive: norm of F on data, to fall to zero; negative: norm of F on the ' +
        'samples of the model, to stay away from it; rank: shortfall of the singular values of the Jacobian.',
      svg: await curves(history.manifold, ['positive', 'negative', 'rank'], true),
    },
    {
      name: 'training-density',
      title: 'Training of the density',
      caption:
        'Means over each epoch. positive: energy of data; negative: energy of the samples of the model. They ' +
        'come together as the samples become like the data.',
      svg: await curves(history.density, ['positive', 'negative', 'loss'], false),
    },
  ];
}

function curves(
  history: readonly EpochStats[],
  names: readonly string[],
  logScale: boolean,
): Promise<string> {
  // A statistic that is always zero (no negatives) has no place on a logarithmic scale.
  const known = names.filter((name) => history.some(({ stats }) => (stats[name] ?? 0) !== 0));
  return lineFigure(
    (known.length > 0 ? known : names).map((label) => ({
      label,
      y: history.map(({ stats }) => stats[label] ?? NaN),
    })),
    {
      xLabel: 'epoch',
      yLabel: 'mean over the epoch',
      logScale: logScale && known.length > 0,
      smooth: history.length > 60 ? 9 : 1,
      width: 560,
    },
  );
}
