import { format } from '../../report/result-rows.js';
import type { StudyTable } from '../study.js';
import type { ErrorAt } from './elbow.js';
import type { DataEstimates } from './scan.js';
import type { ScanSet } from './sets.js';

/** What was found of one data set. */
export interface ScannedSet {
  readonly set: ScanSet;
  /**
   * From dimension 0, the mean of the data, on: the least over the seeds, as what a dimension allows is asked for and not
   * what a start hits on. Without dimensions whose training diverged.
   */
  readonly errors: readonly ErrorAt[];
  /** Where they stop to fall. */
  readonly chosen: number | null;
  readonly estimates: DataEstimates;
}

/** All errors. */
export const errorTable = (sets: readonly ScannedSet[]): StudyTable => ({
  title: 'Reconstruction error',
  columns: ['data', 'n', 'reconstruction error', 'of the one before', ''],
  rows: sets.flatMap(({ set, errors, chosen }) =>
    errors.map(({ dimension, error }, i) => [
      set.title,
      dimension === 0 ? '0 (mean)' : String(dimension),
      format(error),
      i === 0 ? '–' : format(error / errors[i - 1].error),
      [
        ...(dimension === set.simulator.manifoldDimension ? ['true'] : []),
        ...(dimension === chosen ? ['chosen'] : []),
      ].join(', '),
    ]),
  ),
  note: 'Mean distance of held-out points to their projections by M-flows that were trained by reconstruction alone, of one data set all alike; n = 0: distance to the mean of the data. The least over seeds. On the polynomial surface the best of some starts by short trainings goes on.',
});

/** What was chosen, beside the truth and other estimates. */
export const dimensionTable = (sets: readonly ScannedSet[]): StudyTable => ({
  title: 'Dimension',
  columns: ['data', 'd', 'true n', 'scan', 'from distances', 'two nearest neighbours', 'maximum likelihood'],
  rows: sets.map(({ set: { title, simulator }, chosen, estimates }) => [
    title,
    String(simulator.ambientDimension),
    String(simulator.manifoldDimension),
    chosen === null ? 'none' : String(chosen),
    estimates.dimension === null ? 'unclear' : String(estimates.dimension),
    format(estimates.twoNearestNeighbours),
    format(estimates.maximumLikelihood),
  ]),
  note:
    'Scan: the n at which the log error stops to fall, that is where its fall per dimension before n exceeds that after n by most; after the largest n nothing is taken to fall. ' +
    'From distances: the dimension that both estimates from training points mean, compared with points of known dimensions, as ebim fit takes it.',
});

/** Where a scan is wrong or undecided. */
export const findings = (sets: readonly ScannedSet[]): string[] =>
  sets.flatMap(({ set: { title, simulator, dimensions }, chosen }) => {
    const { manifoldDimension, ambientDimension } = simulator;
    const last = dimensions[dimensions.length - 1];
    return [
      ...(chosen === manifoldDimension
        ? []
        : [
            `${title}: the scan takes ${chosen === null ? 'no n' : `n = ${chosen}`}, the dimension is ${manifoldDimension}.`,
          ]),
      ...(chosen === last && last < ambientDimension - 1
        ? [`${title}: the largest n was taken; a larger one may be better.`]
        : []),
    ];
  });
