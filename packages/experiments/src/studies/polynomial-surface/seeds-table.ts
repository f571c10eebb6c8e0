import { format } from '../../report/result-rows.js';
import type { StudyTable } from '../study.js';
import type { SurfaceMetrics } from './measure.js';
import { PICKS, type MeasuredRow } from './picks.js';
import type { SurfaceRow } from './rows.js';

/** As large as the noise that puts points off the manifold: nothing can be told from it any more. */
const STUCK_ERROR = 0.1;
const BY_RECONSTRUCTION = ['sequential', 'alternating', 'simultaneous'];

/** Whether training by reconstruction got nowhere: the error in the box of the splines is that of points with noise. */
export const isStuck = ({ schedule }: SurfaceRow, { reconstruction: { inBox } }: SurfaceMetrics): boolean =>
  BY_RECONSTRUCTION.includes(schedule) && inBox !== null && inBox > STUCK_ERROR;

/** Every run by itself, those that got nowhere among them. */
export const seedsTable = (rows: readonly MeasuredRow[], seeds: readonly number[]): StudyTable => ({
  title: 'Every run',
  columns: [
    'model',
    'seed',
    'distance',
    'reconstruction',
    'in the box',
    'MMD², median of sets',
    'AUC',
    'training',
  ],
  rows: rows.flatMap(({ row, metrics }) =>
    metrics.map((one, i) => {
      if (one === null) return [row.title, String(seeds[i]), '–', '–', '–', '–', '–', 'diverged'];
      const cells = [
        PICKS.distance(one),
        PICKS.reconstruction(one),
        one.reconstruction.inBox,
        PICKS.mmd(one),
      ];
      return [
        row.title,
        String(seeds[i]),
        ...[...cells, PICKS.auc(one)].map((value) => (value === null ? '–' : format(value))),
        isStuck(row, one) ? 'STUCK' : '',
      ];
    }),
  ),
  note: `Stuck: the mean reconstruction error in the box of the splines is above ${STUCK_ERROR}, the noise of the points off the manifold.`,
});

/** One sentence for each run that got nowhere. */
export const stuckRuns = (rows: readonly MeasuredRow[], seeds: readonly number[]): string[] =>
  rows.flatMap(({ row, metrics }) =>
    metrics.flatMap((one, i) =>
      one !== null && isStuck(row, one)
        ? [
            `${row.title}, seed ${seeds[i]}: training is stuck, the reconstruction error is ${format(PICKS.reconstruction(one) ?? NaN)}.`,
          ]
        : [],
    ),
  );
