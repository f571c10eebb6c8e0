/** A published mean and its standard error over three runs. */
export interface PublishedScore {
  readonly mean: number;
  readonly standardError: number;
}

/** What the papers print of one model on one data set. */
export interface PublishedModel {
  /** Table 1; `null` where it has no row. */
  readonly score: PublishedScore | null;
  /** Table 3: min, median, mean, max; `null` where it has no row. */
  readonly distance: readonly [min: number, median: number, mean: number, max: number] | null;
  /** Training times on the authors' machine, seconds: manifold or autoencoder, then density (spec 3). */
  readonly seconds: readonly [manifold: number, density: number];
}

/** Published numbers of both models (spec 3 and 5.1, 5.3). */
export interface PublishedRow {
  readonly ebim: PublishedModel;
  readonly pebm: PublishedModel;
  /** Largest score that counts as reproduced under `reference`, and under `corrected` (spec 5.5). */
  readonly bands: { readonly reference: number | null; readonly corrected: number | null };
}

/** By experiment. */
export const PUBLISHED = {
  'von-mises': {
    ebim: { score: null, distance: [0.059e-5, 0.3e-2, 0.34e-2, 0.012], seconds: [248, 171] },
    pebm: { score: null, distance: [0.376e-5, 0.27e-2, 0.33e-2, 0.153], seconds: [31.6, 185] },
    bands: { reference: null, corrected: null },
  },
  mixture: {
    ebim: {
      score: { mean: 0.002, standardError: 0.001 },
      distance: [0.006e-5, 0.73e-2, 0.98e-2, 0.045],
      seconds: [227, 83],
    },
    pebm: {
      score: { mean: 0.013, standardError: 0.001 },
      distance: [0.81e-5, 0.47e-2, 0.51e-2, 0.095],
      seconds: [34.1, 141],
    },
    bands: { reference: 0.004, corrected: null },
  },
  floods: {
    ebim: {
      score: { mean: 0.014, standardError: 0.003 },
      distance: [0.132e-5, 0.24e-2, 0.24e-2, 0.009],
      seconds: [1183, 3652],
    },
    pebm: {
      score: { mean: 0.056, standardError: 0.017 },
      distance: [20e-5, 0.16e-2, 0.17e-2, 0.016],
      seconds: [153, 549],
    },
    bands: { reference: 0.022, corrected: 0.01 },
  },
  glycine: {
    ebim: {
      score: { mean: 0.026, standardError: 0.001 },
      distance: [9.176e-5, 2.8e-2, 2.86e-2, 0.16],
      seconds: [9.5, 68],
    },
    pebm: {
      score: { mean: 0.042, standardError: 0.013 },
      distance: [6.96e-5, 0.92e-2, 1.72e-2, 0.271],
      seconds: [33.5, 113],
    },
    bands: { reference: 0.028, corrected: 0.02 },
  },
} as const satisfies Readonly<Record<string, PublishedRow>>;

/** Table 3 of the sphere of Figure 3, which has no pushforward model: min, median, mean, max. */
export const PUBLISHED_ARITHMETIC_DISTANCE = [2.387e-5, 0.77e-2, 0.79e-2, 0.018] as const;
