import type { DatasetEvent, Points } from '@ebim/datasets';
import type { Key } from '@ebim/runtime';
import type { EbimConfig } from '../config/schema.js';

/** Which of text, reference code or mathematics decides where they differ (docs/deviations.md). */
export const PROFILES = ['paper', 'reference', 'corrected'] as const;

/** `paper`: the text of paper v2; `reference`: what the authors' code does; `corrected`: mathematically clean. */
export type Profile = (typeof PROFILES)[number];

/** Where the exact density is known. */
export interface GroundTruth {
  /** Points that cover the manifold evenly. */
  readonly points: Points;
  /** Exact density at each of them, with respect to length or area. */
  readonly density: Float64Array;
}

/** Points that training does not see. */
export interface HeldOut {
  /** For the choice of settings; `null` where the split has none. */
  readonly validation: Points | null;
  /** For the scores; `null` where the split has none. */
  readonly test: Points | null;
}

/** What an experiment learns from, in the coordinates of the model. */
export interface ExperimentData {
  /** Those of training. */
  readonly points: Points;
  readonly groundTruth: GroundTruth | null;
  /** Kept back by `data.split`; none by default. */
  readonly heldOut?: HeldOut | null;
}

/** The shape that a learned manifold should have. */
export interface ExpectedTopology {
  readonly components: number;
  /** Of a surface: 2 for a sphere, 0 for a torus. `null` for curves, which should be closed loops. */
  readonly eulerCharacteristic: number | null;
}

/** Numbers that the papers state, to be printed beside ours. */
export interface PublishedNumbers {
  /** Wasserstein score of Table 1 or of the stored run, under the published protocol. */
  readonly wasserstein: { readonly label: string; readonly value: number }[];
  /** Distances of the training points to the manifold, Table 3. */
  readonly distance: {
    readonly min: number;
    readonly median: number;
    readonly mean: number;
    readonly max: number;
  };
  /** Statistics at the end of manifold training in the stored run of the authors (spec 3, sanity targets). */
  readonly manifold: Readonly<Record<string, number>>;
  /** Anchors of spec 5.4: what the exact or the uniform density scores. */
  readonly anchors: { readonly label: string; readonly value: number }[];
}

/** How data is obtained. */
export interface LoadOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: DatasetEvent) => void;
}

/** One experiment of the papers, readable as a page of them. */
export interface ExperimentDefinition {
  /** What the command line takes. */
  readonly name: string;
  readonly title: string;
  /** Where in the papers. */
  readonly source: string;
  readonly summary: string;
  /** Every number that decides the run. */
  readonly config: (profile: Profile, fast: boolean) => EbimConfig;
  readonly load: (config: EbimConfig, key: Key, options: LoadOptions) => Promise<ExperimentData>;
  readonly topology: ExpectedTopology;
  readonly published: PublishedNumbers;
  /** Elevation and azimuth of the pictures, degrees (spec 4). Only for surfaces. */
  readonly views: readonly (readonly [elevation: number, azimuth: number])[];
}
