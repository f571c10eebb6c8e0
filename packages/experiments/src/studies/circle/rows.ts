import type { FlowModelName, ScheduleName } from '@ebim/flows';

/** Mean true log density of samples, at least -100 each, and their mean distance to the circle, at most 1 each. */
export interface PublishedSamples {
  readonly logDensity: number;
  readonly distance: number;
}

/** What two revisions of the reference notebook print of one row, single runs; `null` where they print nothing. */
export interface PublishedRow {
  /** After 120 epochs. */
  readonly earlier: PublishedSamples | null;
  /** After 12 epochs. */
  readonly final: PublishedSamples | null;
}

/** A model and how it is trained. */
export interface CircleRow {
  /** On the command line. */
  readonly name: string;
  readonly title: string;
  /** The flow on the unit circle is `prescribed`; all others are those of the preset. */
  readonly model: FlowModelName | 'prescribed';
  readonly schedule: ScheduleName;
  readonly published: PublishedRow;
  /** Of samples off the manifold too. */
  readonly publishedFull?: PublishedRow;
  /** Couplings other than those of the preset. */
  readonly coupling?: 'rationalQuadratic';
}

type Pair = readonly [logDensity: number, distance: number] | null;

const samples = (pair: Pair): PublishedSamples | null =>
  pair === null ? null : { logDensity: pair[0], distance: pair[1] };
const published = (earlier: Pair, final: Pair): PublishedRow => ({
  earlier: samples(earlier),
  final: samples(final),
});

/** What the notebook prints of draws of the data (flow spec 5.6). */
export const PUBLISHED_TRUTH = published([2.1, 0.008], [2, 0.0081]);

/** All rows of the notebook (flow spec 5.6), then one of our own. */
export const CIRCLE_ROWS: readonly CircleRow[] = [
  {
    name: 'af',
    title: 'AF',
    model: 'ambientFlow',
    schedule: 'likelihood',
    published: published([-86, 0.585], [-86, 0.58]),
  },
  {
    name: 'fom',
    title: 'FOM',
    model: 'prescribed',
    schedule: 'likelihood',
    published: published([2.4, 0], [0.5, 0]),
  },
  {
    name: 'pie',
    title: 'PIE',
    model: 'pie',
    schedule: 'likelihood',
    published: published([1.4, 0.0146], [-42.5, 0.167]),
    publishedFull: published([-25.2, 0.149], [-75.5, 0.306]),
  },
  {
    name: 'pae',
    title: 'PAE',
    model: 'probabilisticAutoencoder',
    schedule: 'sequential',
    published: published(null, [-8.8, 0.029]),
  },
  {
    name: 'mflow',
    title: 'M-flow (alternating M/D)',
    model: 'mFlow',
    schedule: 'alternating',
    published: published([-5.7, 0.04], [-94.4, 0.921]),
  },
  {
    name: 'mflow-ot',
    title: 'M-flow (OT)',
    model: 'mFlow',
    schedule: 'transport',
    published: published([0.7, 0.0082], [0.6, 0.0089]),
  },
  {
    name: 'mflow-ae',
    title: 'M-flow (AE)',
    model: 'mFlow',
    schedule: 'reconstruction',
    published: published([-19.2, 0.144], [-32.8, 0.22]),
  },
  {
    name: 'af-spline',
    title: 'AF with splines',
    model: 'ambientFlow',
    schedule: 'likelihood',
    coupling: 'rationalQuadratic',
    published: published(null, null),
  },
];
