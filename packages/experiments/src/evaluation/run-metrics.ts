import type { Topology } from './level-set.js';

/** Smallest, middle, mean and largest of some numbers. */
export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  readonly max: number;
}

/** Wasserstein scores of a density (spec 1.15). */
export interface Scores {
  /** The published protocol: squared distance over its maximum, cells weighted alike. */
  readonly published: number;
  /** W1 in units of the space, on the same cells. */
  readonly w1: number;
  /** W1 over the largest distance. */
  readonly w1Relative: number;
  /** W1 with every cell weighted by the length or area of the manifold in it; `null` without a mesh. */
  readonly w1ByArea: number | null;
}

/** The numbers of a run: equal for equal configurations, so no time is among them. */
export interface RunMetrics {
  /** Statistics of the last epoch of manifold training. */
  readonly manifold: Readonly<Record<string, number>>;
  /** Statistics of the last epoch of density training. */
  readonly density: Readonly<Record<string, number>>;
  /** `null` unless the manifold is a curve in the plane or a surface in space. */
  readonly topology:
    | (Topology & {
        readonly volume: number;
        /** False when F has no zero in the box: all of this is then about a level near zero. */
        readonly crosses: boolean;
        readonly asExpected: boolean | null;
      })
    | null;
  /** Distances of training points to the manifold, where they could be found. */
  readonly distance: Summary;
  /** Share of them that could not. */
  readonly distanceFailed: number;
  /** Share of covering points that had to be drawn again. */
  readonly coveringFailed: number;
  /** `null` unless points are of 2 or 3 dimensions. */
  readonly wasserstein: {
    readonly temperature: number;
    /** Of exp(-E / temperature), under the published protocol. */
    readonly published: number;
    /** Of the density as it was trained, exp(-E). */
    readonly atOne: Scores;
    /** What a uniform density on the same learned manifold scores under the published protocol. */
    readonly uniform: number;
  } | null;
  /** log of the integral of exp(-E) over the learned manifold. */
  readonly logPartition: {
    readonly byMesh: number | null;
    readonly byCoarea: number;
    readonly coareaStandardError: number;
  };
  /** Mean log density of the training points, each taken at its projection onto the manifold, nats. */
  readonly meanLogDensity: number;
  /** Share of the training points without a projection; they do not count in `meanLogDensity`. */
  readonly projectionFailed: number;
  /** What a reader must know before believing the numbers; empty when nothing is wrong. */
  readonly warnings: readonly string[];
}
