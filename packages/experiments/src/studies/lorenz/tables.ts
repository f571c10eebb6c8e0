import type { MeasuredRuns } from '../../flow/row-runs.js';
import { format } from '../../report/result-rows.js';
import { median, medianText } from '../format.js';
import type { StudyTable } from '../study.js';
import { DROPPED, FAR, WING, type LorenzMetrics } from './measure.js';
import { trainingText, type LorenzSize } from './sizes.js';

type MeasuredSize = MeasuredRuns<LorenzSize, LorenzMetrics>;

type Pick = (metrics: LorenzMetrics) => number | null;

const values = ({ metrics }: MeasuredSize, pick: Pick): number[] =>
  metrics.flatMap((one) => {
    const value = one === null ? null : pick(one);
    return value === null ? [] : [value];
  });
const cell = (size: MeasuredSize, pick: Pick): string => medianText(values(size, pick));
const percentCell = (size: MeasuredSize, pick: Pick): string => {
  const all = values(size, pick);
  return all.length === 0 ? 'none' : `${Number((100 * median(all)).toPrecision(4))} %`;
};

/** Whether the wings stay apart, and how near the manifold is to the data. */
export const lorenzTable = (sizes: readonly MeasuredSize[]): StudyTable => ({
  title: 'Lorenz attractor',
  columns: [
    'training',
    'on their wing',
    'dropped',
    'reconstruction',
    'of noisy points',
    'AUC by reconstruction',
    'AUC by likelihood',
    'mean log density',
    'seconds',
  ],
  rows: sizes.map((size) => [
    trainingText(size.row),
    percentCell(size, (m) => m.wings.kept),
    percentCell(size, (m) => m.dropped),
    cell(size, (m) => m.reconstruction.test),
    cell(size, (m) => m.reconstruction.noisy),
    cell(size, (m) => m.auc.byReconstructionError),
    cell(size, (m) => m.auc.byLogDensity),
    cell(size, (m) => m.meanLogDensity),
    format(median(size.seconds)),
  ]),
  note:
    `On their wing: test points with |x0| > ${WING} whose projections have the same sign of x0. Dropped: test points with log densities below ${DROPPED}, which the figure leaves out. ` +
    'Reconstruction: mean distance to the projection, of test points and of test points with noise 0.1 in each coordinate. ' +
    'AUCs of telling the two apart, not turned to above 1/2. The paper has the figure only. Log densities are on a manifold of each model: they compare no trainings.',
});

/** Whether draws lie on the attractor. */
export const samplesTable = (sizes: readonly MeasuredSize[]): StudyTable => ({
  title: 'Draws of the model',
  columns: ['training', 'distance to data', 'of test points', 'far from data', 'of test points'],
  rows: sizes.map((size) => [
    trainingText(size.row),
    cell(size, (m) => m.nearest.samples.mean),
    cell(size, (m) => m.nearest.test.mean),
    percentCell(size, (m) => m.nearest.samples.far),
    percentCell(size, (m) => m.nearest.test.far),
  ]),
  note: `Mean distance to the nearest of (at most) 20000 training points, and the share of draws that are farther than ${FAR} from all of them.`,
});

/** What is not as the paper claims. */
export const findings = (sizes: readonly MeasuredSize[]): string[] =>
  sizes.flatMap((size) => {
    const about = trainingText(size.row);
    const kept = values(size, (m) => m.wings.kept);
    const auc = values(size, (m) => m.auc.byReconstructionError);
    return [
      ...(kept.length > 0 && median(kept) < LEAST_KEPT
        ? [
            `${about}: ${percentCell(size, (m) => m.wings.kept)} of the points stay on their wing: the wings are not separated.`,
          ]
        : []),
      ...(auc.length > 0 && median(auc) < LEAST_AUC
        ? [
            `${about}: the manifold is hardly nearer to test points than to points with noise 0.1 (AUC ${format(median(auc))}): it does not have the form of the attractor.`,
          ]
        : []),
    ];
  });

/** Shares of points on their wing, and AUCs by reconstruction, below which a picture is not that of the paper. */
const LEAST_KEPT = 0.99;
const LEAST_AUC = 0.7;
