import type { FlowModelName, ScheduleName } from '@ebim/flows';

/** What the M-flow paper reports of a row of Table 2 (median of five runs); `null` where it reports nothing. */
export interface PublishedRow {
  readonly distance: number;
  readonly reconstruction: number | null;
  readonly mmd: number | null;
  readonly auc: number;
}

/** A range from the least to the largest value that a single run should have (flow spec 5.8). */
export type Band = readonly [number, number];

/** A row of Table 2: a model and how it is trained. */
export interface SurfaceRow {
  /** On the command line. */
  readonly name: string;
  readonly title: string;
  readonly model: FlowModelName;
  readonly schedule: ScheduleName;
  readonly published: PublishedRow;
  /** Runs of an earlier revision, where the paper has no row. */
  readonly earlier?: true;
  readonly bands?: {
    readonly distance?: Band;
    readonly reconstruction?: Band;
    readonly auc?: Band;
  };
}

const published = (
  distance: number,
  reconstruction: number | null,
  mmd: number | null,
  auc: number,
): PublishedRow => ({ distance, reconstruction, mmd, auc });

/** All rows of Table 2, then those that only an earlier revision of the paper printed. */
export const SURFACE_ROWS: readonly SurfaceRow[] = [
  {
    name: 'af',
    title: 'AF',
    model: 'ambientFlow',
    schedule: 'likelihood',
    published: published(0.005, null, 0.071, 0.99),
    bands: { distance: [0.003, 0.01], auc: [0.985, 0.993] },
  },
  {
    name: 'pie-original',
    title: 'PIE (original)',
    model: 'conditionalPie',
    schedule: 'likelihood',
    published: published(0.035, 1.278, 0.131, 0.933),
  },
  {
    name: 'pie',
    title: 'PIE (unconditional manifold)',
    model: 'pie',
    schedule: 'likelihood',
    published: published(0.006, 1.253, 0.075, 0.972),
    bands: { reconstruction: [0.6, 1.8] },
  },
  {
    name: 'pae',
    title: 'PAE',
    model: 'probabilisticAutoencoder',
    schedule: 'sequential',
    published: published(0.002, 0.002, null, 0.99),
    bands: { distance: [0, 0.005], reconstruction: [0, 0.005] },
  },
  {
    name: 'mflow-alternating',
    title: 'M-flow (alternating M/D)',
    model: 'mFlow',
    schedule: 'alternating',
    published: published(0.002, 0.003, 0.02, 0.986),
    bands: { distance: [0.001, 0.005], reconstruction: [0.001, 0.01], auc: [0.98, 0.993] },
  },
  {
    name: 'mflow-sequential',
    title: 'M-flow (sequential M/D)',
    model: 'mFlow',
    schedule: 'sequential',
    published: published(0.009, 0.013, 0.017, 0.961),
  },
  {
    name: 'meflow-alternating',
    title: 'Me-flow (alternating M/D)',
    model: 'mFlowWithEncoder',
    schedule: 'alternating',
    published: published(0.003, 0.003, 0.03, 0.985),
  },
  {
    name: 'meflow-sequential',
    title: 'Me-flow (sequential M/D)',
    model: 'mFlowWithEncoder',
    schedule: 'sequential',
    published: published(0.002, 0.002, 0.007, 0.987),
    bands: { distance: [0, 0.005], reconstruction: [0, 0.005] },
  },
  {
    name: 'mflow-simultaneous',
    title: 'M-flow (simultaneous)',
    model: 'mFlow',
    schedule: 'simultaneous',
    published: published(0.006, 0.011, 0.031, 0.974),
    earlier: true,
  },
  {
    name: 'mflow-ot',
    title: 'M-flow (OT)',
    model: 'mFlow',
    schedule: 'transport',
    published: published(0.089, 0.433, 0.134, 0.647),
    earlier: true,
    bands: { distance: [0.05, 0.14], auc: [0.55, 0.72] },
  },
  {
    name: 'mflow-ot-alternating',
    title: 'M-flow (OT, alternating)',
    model: 'mFlow',
    schedule: 'alternatingTransport',
    published: published(0.142, 1.121, 0.051, 0.584),
    earlier: true,
  },
  {
    name: 'meflow-simultaneous',
    title: 'Me-flow (simultaneous)',
    model: 'mFlowWithEncoder',
    schedule: 'simultaneous',
    published: published(0.005, 0.006, 0.033, 0.975),
    earlier: true,
  },
];
