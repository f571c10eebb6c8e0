import type { MeasuredRuns } from '../../flow/row-runs.js';
import { median } from '../format.js';
import type { SurfaceMetrics } from './measure.js';
import type { SurfaceRow } from './rows.js';

/** The runs of one row, one a seed. */
export type MeasuredRow = MeasuredRuns<SurfaceRow, SurfaceMetrics>;

/** One number of a run, where it has it. */
export type Pick = (metrics: SurfaceMetrics) => number | null | undefined;

/** The numbers of Table 2. */
export const PICKS = {
  distance: (m: SurfaceMetrics) => m.distance.published,
  reconstruction: (m: SurfaceMetrics) => m.reconstruction.mean,
  auc: (m: SurfaceMetrics) => m.auc.published,
  /** Of the one observed set that the paper has. */
  firstMmd: (m: SurfaceMetrics) => m.inference?.mmd[0],
  /** Over all observed sets. */
  mmd: (m: SurfaceMetrics) => (m.inference === null ? null : median(m.inference.mmd)),
} as const;

/** A number of all runs that have it. */
export const values = ({ metrics }: MeasuredRow, pick: Pick): number[] =>
  metrics.flatMap((one) => {
    const value = one === null ? null : pick(one);
    return typeof value === 'number' ? [value] : [];
  });
