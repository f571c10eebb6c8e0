import type { MeasuredRuns } from '../../flow/row-runs.js';
import { format } from '../../report/result-rows.js';
import { median, spreadText } from '../format.js';
import type { StudyTable } from '../study.js';
import type { ParticleAnchors } from './anchors.js';
import type { ParticleData } from './data.js';
import { LARGEST_LOG_POSTERIOR, priorLogPosterior } from './inference.js';
import type { ParticleMetrics } from './measure.js';
import { OBSERVED } from './observed.js';
import type { ParticleRow, PublishedMean } from './rows.js';

/** The runs of one row, one a seed. */
export type MeasuredRow = MeasuredRuns<ParticleRow, ParticleMetrics>;

/** One number of a run, where it has it. */
export type Pick = (metrics: ParticleMetrics) => number | null | undefined;

/** The mean of some numbers. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const meanOrNull = (values: readonly number[] | null | undefined): number | null =>
  values == null ? null : mean(values);

/** The numbers of Table 3: means over the three thetas. */
export const PICKS = {
  closure: (m: ParticleMetrics) => meanOrNull(m.closure?.byTheta),
  reconstruction: (m: ParticleMetrics) => meanOrNull(m.reconstruction?.byTheta),
  /** Of the one observed set for each theta that the paper has. */
  firstLogPosterior: (m: ParticleMetrics) => meanOrNull(m.inference?.first),
  /** Over all observed sets. */
  logPosterior: (m: ParticleMetrics) => meanOrNull(m.inference?.all.flat()),
} as const;

/** A number of all runs that have it; of more than three without the least and the largest, as published. */
export function values({ metrics }: MeasuredRow, pick: Pick): number[] {
  const all = metrics
    .flatMap((one) => {
      const value = one === null ? null : pick(one);
      return typeof value === 'number' ? [value] : [];
    })
    .sort((a, b) => a - b);
  return all.length > 3 ? all.slice(1, -1) : all;
}

const cell = (row: MeasuredRow, pick: Pick): string => {
  const all = values(row, pick);
  return all.length === 0 ? '–' : spreadText(all);
};

const published = (value: PublishedMean | null): string =>
  value === null ? '–' : `${value[0]} ± ${value[1]}`;

/** Table 3 with the published numbers beside ours. */
export function table3(
  rows: readonly MeasuredRow[],
  anchors: ParticleAnchors,
  { source, sets }: { readonly source: ParticleData['source']; readonly sets: number },
): StudyTable {
  const all = `log posterior, ${sets} sets`;
  return {
    title: 'Table 3',
    columns: [
      'model',
      'closure',
      'published',
      'reconstruction',
      'published',
      all,
      'log posterior, first set',
      'published',
    ],
    rows: [
      ...rows.map((measured) => [
        measured.row.title,
        cell(measured, PICKS.closure),
        published(measured.row.published.closure),
        cell(measured, PICKS.reconstruction),
        published(measured.row.published.reconstruction),
        cell(measured, PICKS.logPosterior),
        cell(measured, PICKS.firstLogPosterior),
        published(measured.row.published.logPosterior),
      ]),
      ...anchorRows(anchors),
    ],
    note:
      (source === 'simulator'
        ? "The published numbers are of other events, simulated for the LHC; ours come from this library's own parton-level simulator. Only the structure can be compared: orders, ratios, differences. "
        : 'Events of the reference files. ') +
      `Means over theta = (0, 0), (0.5, 0), (-1, -1)${rows[0] !== undefined && rows[0].metrics.length > 3 ? ', without the best and the worst run' : ''}. ` +
      'Closure: how far generated events are from 26 laws of kinematics. Reconstruction: mean distance of test events to their projections, in standardised features. ' +
      `Log posterior: density at the true theta given ${OBSERVED} events, of one observed set for each theta as published, and of ${sets}, as one set tells little. ` +
      'ALICES had 15 events for each set as published, here it has as many as the others.',
  };
}

function anchorRows({ closure, partons }: ParticleAnchors): string[][] {
  const row = (
    title: string,
    closed: number | null,
    posterior: readonly [number, number] | null,
  ): string[] => [
    title,
    closed === null ? '–' : format(closed),
    '–',
    '–',
    '–',
    ...(posterior === null ? ['–', '–'] : posterior.map(format)),
    '–',
  ];
  const prior = mean(priorLogPosterior());
  return [
    row('true events', closure.events, null),
    row('standard normal noise', closure.noise, null),
    ...(closure.reshuffled === null ? [] : [row('features of different events', closure.reshuffled, null)]),
    row('the prior in place of a posterior', null, [prior, prior]),
    ...(partons === null
      ? []
      : [
          row('exact posterior given the hidden variables', null, [
            mean(partons.all.flat()),
            mean(partons.first),
          ]),
        ]),
    row('upper bound of a log posterior', null, [LARGEST_LOG_POSTERIOR, LARGEST_LOG_POSTERIOR]),
  ];
}

/** The numbers behind Table 3 that the paper leaves out. */
export const honestTable = (rows: readonly MeasuredRow[]): StudyTable => ({
  title: 'More about each model',
  columns: [
    'model',
    'closure, full samples',
    'reconstruction at θ = (-1, -1)',
    'log posterior, median set',
    'log posterior, least set',
    'largest R-hat',
    'least effective draws',
    'acceptance',
    'training',
  ],
  rows: rows.map((measured) => [
    measured.row.title,
    cell(measured, (m) => meanOrNull(m.closure?.wholeSpace)),
    cell(measured, (m) => meanOrNull(m.reconstruction?.atFirstTheta)),
    cell(measured, (m) => (m.inference === null ? null : median(m.inference.all.flat()))),
    cell(measured, (m) => (m.inference === null ? null : Math.min(...m.inference.all.flat()))),
    cell(measured, (m) => (m.inference === null ? null : Math.max(...m.inference.rHat))),
    cell(measured, (m) => (m.inference === null ? null : Math.min(...m.inference.effectiveSamples))),
    cell(measured, (m) => meanOrNull(m.inference?.acceptanceRate)),
    `${Math.round(mean(measured.seconds))} s`,
  ]),
  note:
    'Full samples of PIE have coordinates off its manifold too: draws of its density, which samples on the manifold are not. ' +
    'A few sets far off, of posteriors that are too sure of themselves, make the mean log posterior: the median leaves them out. ' +
    'R-hat and effective draws are of the four chains of the first sets: above 1.01, or with few draws, the log posterior is rather that of the chains than of the model.',
});
