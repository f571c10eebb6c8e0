import { divergedRuns, type MeasuredRuns } from '../../flow/row-runs.js';
import { median, medianText } from '../format.js';
import type { StudyTable } from '../study.js';
import type { CircleMetrics } from './measure.js';
import { PUBLISHED_TRUTH, type CircleRow, type PublishedRow, type PublishedSamples } from './rows.js';

type MeasuredRow = MeasuredRuns<CircleRow, CircleMetrics>;

/** What the tables are made of. */
export interface CircleResults {
  /** Of the true density, one a seed. */
  readonly truth: readonly CircleMetrics[];
  readonly rows: readonly MeasuredRow[];
}

type Runs = readonly (CircleMetrics | null)[];

const cell = (runs: Runs, pick: (metrics: CircleMetrics) => number | null | undefined): string => {
  const values = runs.flatMap((one) => {
    const value = one === null ? null : pick(one);
    return typeof value === 'number' ? [value] : [];
  });
  return values.length === 0 ? '–' : medianText(values);
};

const printed = (samples: PublishedSamples | null, what: keyof PublishedSamples): string =>
  samples === null ? '–' : String(samples[what]);

/** The table of the notebook with the published numbers beside ours; `bound` is the largest log density AF can have. */
export function circleTable({ truth, rows }: CircleResults, bound: number): StudyTable {
  const line = (
    title: string,
    runs: Runs,
    published: PublishedRow,
    pick: (metrics: CircleMetrics) => PublishedSamples | null = ({ samples }) => samples,
  ): string[] => [
    title,
    ...(['logDensity', 'distance'] as const).flatMap((what) => [
      cell(runs, (metrics) => pick(metrics)?.[what]),
      printed(published.earlier, what),
      printed(published.final, what),
    ]),
  ];
  return {
    title: 'Samples',
    columns: [
      'model',
      'true log density',
      'published, 120 epochs',
      'published, 12 epochs',
      'distance',
      'published, 120 epochs',
      'published, 12 epochs',
    ],
    rows: [
      line('truth', truth, PUBLISHED_TRUTH),
      ...rows.flatMap(({ row, metrics }) =>
        row.publishedFull === undefined
          ? [line(row.title, metrics, row.published)]
          : [
              line(`${row.title}, v = 0`, metrics, row.published),
              line(`${row.title}, full`, metrics, row.publishedFull, ({ fullSamples }) => fullSamples),
            ],
      ),
    ],
    note:
      'Means over 1000 samples: of the true log density, at least -100 each, and of the distance to the circle, at most 1 each. ' +
      'Published numbers are single runs of two revisions of a notebook. The rows of PIE are two ways to sample one model: ' +
      'on its curve, which is no draw of its density, and off it too. ' +
      `AF of affine couplings cannot be good: they scale down only, so that its log density is nowhere above ${bound.toFixed(2)}, ` +
      'whatever it learns, while the true one averages 2.0. Splines can (the row of our own). ' +
      'The density along a curve is two numbers here, drawn at the start, which a step moves by about the learning rate at most: ' +
      'in 12 epochs by less than 0.5, where FOM needs a scale of 4, so that few epochs leave samples where the start put them. ' +
      'In AE the density is not trained, so that this is so however long.',
  };
}

/** What a user wants to know beside the published numbers. */
export const detailsTable = ({ truth, rows }: CircleResults): StudyTable => {
  const line = (title: string, runs: Runs, seconds: string): string[] => [
    title,
    cell(runs, ({ reconstruction }) => reconstruction),
    cell(runs, ({ auc }) => auc.byLogDensity),
    cell(runs, ({ auc }) => auc.byReconstructionError),
    cell(runs, ({ meanLogDensity }) => meanLogDensity),
    seconds,
  ];
  return {
    title: 'More about each model',
    columns: [
      'model',
      'reconstruction',
      'AUC by log density',
      'AUC by reconstruction',
      'log density of test points',
      'training',
    ],
    rows: [
      line('truth', truth, '–'),
      ...rows.map(({ row, metrics, seconds }) =>
        line(row.title, metrics, `${Math.round(median(seconds))} s`),
      ),
    ],
    note:
      'Reconstruction: mean distance of test points to their projections; of the truth to the circle, which is the noise. ' +
      'AUC: how well points with a radius up to 0.03 too small are told from test points by a low log density or a large distance; 0.5 is chance. ' +
      'Log densities are by area for truth, AF and PIE, by length on their curves for FOM and the M-flows: they compare no models of different kinds. ' +
      'The PAE has a density of codes only.',
  };
};

/** What a reader must know before believing the numbers. */
export const circleWarnings = ({ rows }: CircleResults, seeds: readonly number[]): string[] =>
  rows.flatMap(({ row: { title }, metrics }) => [
    ...divergedRuns(title, metrics, seeds),
    ...metrics.flatMap((one, i) =>
      one === null || one.failures === 0
        ? []
        : [
            `${title}, seed ${seeds[i]}: the log density of ${one.failures} points is no number; they count as -infinity in the AUC and are left out of the mean.`,
          ],
    ),
  ]);
