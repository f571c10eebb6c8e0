import type { FlowModelName } from '@ebim/flows';

/** A published mean over runs and its error. */
export type PublishedMean = readonly [mean: number, error: number];

/** What the M-flow paper reports of a row of Table 3, on events of its own simulation; `null` where it reports nothing. */
export interface PublishedRow {
  readonly closure: PublishedMean | null;
  readonly reconstruction: PublishedMean | null;
  readonly logPosterior: PublishedMean | null;
}

/** A row of Table 3: a model and how it is trained. */
export interface ParticleRow {
  /** On the command line. */
  readonly name: string;
  readonly title: string;
  /** `null`: ALICES, which is no flow and estimates likelihood ratios only. */
  readonly model: FlowModelName | null;
  /** Joint scores train the density too (SCANDAL). */
  readonly scandal: boolean;
  readonly published: PublishedRow;
}

const published = (
  closure: PublishedMean | null,
  reconstruction: PublishedMean | null,
  logPosterior: PublishedMean | null,
): PublishedRow => ({ closure, reconstruction, logPosterior });

const FLOWS: readonly (readonly [
  name: string,
  title: string,
  model: FlowModelName,
  plain: PublishedRow,
  scandal: PublishedRow,
])[] = [
  [
    'af',
    'AF',
    'ambientFlow',
    published([0.0019, 0.0001], null, [-3.94, 0.87]),
    published([0.0565, 0.0059], null, [-0.4, 0.09]),
  ],
  [
    'pie-original',
    'PIE (original)',
    'conditionalPie',
    published([0.0023, 0.0001], [2.054, 0.076], [-4.68, 1.56]),
    published([0.1293, 0.0218], [3.09, 0.052], [0.03, 0.17]),
  ],
  [
    'pie',
    'PIE (unconditional manifold)',
    'pie',
    published([0.0022, 0.0001], [1.681, 0.136], [-1.82, 0.18]),
    published([0.1019, 0.0104], [1.751, 0.064], [0.23, 0.05]),
  ],
  [
    'pae',
    'PAE',
    'probabilisticAutoencoder',
    published([0.0073, 0.0001], [0.052, 0.001], null),
    published([0.0323, 0.001], [0.053, 0.001], null),
  ],
  [
    'mflow',
    'M-flow',
    'mFlow',
    published([0.0045, 0.0004], [0.012, 0.001], [-1.71, 0.3]),
    published([0.0371, 0.003], [0.011, 0.001], [0.11, 0.04]),
  ],
  [
    'meflow',
    'Me-flow',
    'mFlowWithEncoder',
    published([0.0046, 0.0002], [0.029, 0.001], [-1.44, 0.34]),
    published([0.0291, 0.001], [0.03, 0.002], [0.14, 0.09]),
  ],
];

/** All rows of Table 3. */
export const PARTICLE_ROWS: readonly ParticleRow[] = [
  ...FLOWS.map(([name, title, model, plain]) => ({ name, title, model, scandal: false, published: plain })),
  ...FLOWS.map(([name, title, model, , scandal]) => ({
    name: scandalOf(name),
    title: `${title}, SCANDAL`,
    model,
    scandal: true,
    published: scandal,
  })),
  {
    name: 'alices',
    title: 'ALICES',
    model: null,
    scandal: false,
    published: published(null, null, [0.05, 0.05]),
  },
];

/** The names of the flows that are trained without joint scores. */
export const PLAIN_ROWS: readonly string[] = FLOWS.map(([name]) => name);

/** The row of the same flow that is trained with joint scores. */
export function scandalOf(name: string): string {
  return `${name}-scandal`;
}
